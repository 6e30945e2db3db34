"""What the benchmarks measure.

`scripts/bench_engine.py`: `timing`, `ours`, `peers`. `scripts/bench_selfplay.py`: `selfplay` and
`report`; our processes in `crew` and `players`, other people's in `rivals` and `rival_selfplay`.
"""
