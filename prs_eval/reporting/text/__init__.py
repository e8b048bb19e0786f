"""Sentences made of estimates: each says its number with its interval, and never more than the interval allows."""
