"""Routes on which callers speak, and nothing else: what is behind them is the engine's."""
