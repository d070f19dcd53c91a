"""Answers from tide tables."""
