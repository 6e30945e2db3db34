"""What `scripts/bench_engine.py` measures: `timing`, `ours`, `peers`."""
