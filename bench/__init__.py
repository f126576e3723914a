"""Benchmarks, always beside a floor measured in the same run (design §11). Not imported by the program."""
