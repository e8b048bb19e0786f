"""Run the notebooks many times: plan, run, remember."""
