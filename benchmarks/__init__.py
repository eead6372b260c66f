"""Benchmarks: what ``make bench`` measures. They print ratios of things measured in turns on one machine."""
