"""What the calls of Binance.US answer, one module a page of declarations."""
