"""Figures made of estimates: each draws one message, computes nothing and returns its Axes."""
