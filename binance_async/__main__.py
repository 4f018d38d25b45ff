"""`python -m binance_async`."""

from binance_async.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
