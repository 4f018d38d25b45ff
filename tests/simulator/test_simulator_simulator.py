from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from decimal import Decimal

import pytest
from simulator_kit import START, virtual

from binance_async.environment import Environment
from binance_async.simulator import Simulator
from binance_async.simulator.engine import SymbolSpec
from binance_async.simulator.exchange import Exchange
from binance_async.simulator.rules import rules_for


@virtual
async def test_an_environment_for_each_family() -> None:
    async with Simulator(transport="memory", families=("spot", "us")) as exchange:
        environment = exchange.environment
        assert isinstance(environment, Environment)
        assert environment.name == "simulated"
        assert environment.of("spot").user_data == ("logon", "signature")
        assert environment.of("us").user_data == ("listen_key",)
        assert environment.of("us").rest != environment.of("spot").rest
        assert exchange.family("us").engine is not exchange.engine
        assert exchange.family("us").rules.weight.limit == 1_200
    async with Simulator(transport="memory", edition=2025) as exchange:
        assert exchange.environment.of("spot").user_data == ("logon", "listen_key")
    async with Simulator(transport="memory", user_data=("listen_key",)) as exchange:
        assert exchange.environment.of("spot").user_data == ("listen_key",)


async def test_over_sockets_the_clock_is_the_machines() -> None:
    async with Simulator(market=None, families=("spot", "us")) as exchange:
        assert exchange.environment.seams is None
        assert exchange.environment.timings is None
        assert abs(exchange.clock.now_us() / 1e6 - time.time()) < 5
        assert exchange.environment.of("us").rest != exchange.environment.of("spot").rest


async def test_a_faster_exchange_brings_its_clock_and_scaled_durations() -> None:
    async with Simulator(market=None, speed=1_000.0) as exchange:
        environment = exchange.environment
        assert environment.timings is not None
        assert environment.timings.rotate_after == pytest.approx(23 * 3.6)
        assert environment.seams is not None
        before = environment.seams.clock.wall()
        await asyncio.sleep(0.05)
        assert environment.seams.clock.wall() - before >= 50
        assert environment.seams.clock.wall() == pytest.approx(exchange.clock.now_us() / 1e6, abs=5)


@virtual
async def test_symbols_by_number_name_or_spec() -> None:
    spec = SymbolSpec("FOOBAR", "FOO", "BAR")
    for given, wanted in (
        (None, ["BTCUSDT", "ETHUSDT", "BNBUSDT", "ETHBTC", "LTCBTC", "BNBBTC"]),
        (2, ["BTCUSDT", "ETHUSDT"]),
        (["ETHBTC", "NEWUSDT", spec], ["ETHBTC", "NEWUSDT", "FOOBAR"]),
    ):
        async with Simulator(transport="memory", symbols=given) as exchange:  # type: ignore[arg-type]
            assert list(exchange.engine.symbols) == wanted
    with pytest.raises(ValueError, match="'X': give a SymbolSpec"):
        Simulator(symbols=["X"])


@virtual
async def test_accounts_and_keys() -> None:
    async with Simulator(transport="memory", balances={"BTC": Decimal(2)}) as exchange:
        assert exchange.credentials.signer.api_key == exchange.keys["hmac"].api_key
        assert set(exchange.keys) == {"hmac", "ed25519", "rsa"}
        other = exchange.add_account(balances={"ETH": Decimal(1)})
        assert other.keys["hmac"].api_key != exchange.keys["hmac"].api_key
        assert exchange.engine.balance(exchange.account.uid, "BTC") == (Decimal(2), Decimal(0))
        assert other.credentials.signer.kind == "HMAC"
        key = exchange.keys["hmac"]
        assert key.secret not in repr(key)
        assert key.as_dict() == {"api_key": key.api_key, "secret": key.secret}
        assert "private_key" in exchange.keys["ed25519"].as_dict()


@virtual
async def test_one_seed_makes_the_same_keys_and_another_others() -> None:
    keys = []
    for seed in (1, 1, 2):
        async with Simulator(transport="memory", seed=seed) as exchange:
            keys.append((exchange.keys["hmac"].secret, exchange.keys["ed25519"].secret))
    assert keys[0] == keys[1] != keys[2]


@virtual
async def test_start_and_rules_can_be_set() -> None:
    rules = replace(rules_for("spot"), patience=1)
    async with Simulator(transport="memory", start=START + 5, rules=rules) as exchange:
        assert exchange.clock.now_ms() == int((START + 5) * 1000)
        assert exchange.exchange.rules.patience == 1


@virtual
async def test_a_market_runs_while_the_exchange_is_open() -> None:
    ticks: list[Exchange] = []

    async def market(exchange: Exchange) -> None:
        while True:
            ticks.append(exchange)
            await exchange.clock.sleep(1)

    async with Simulator(transport="memory", market=market) as exchange:
        await asyncio.sleep(4.5)
        assert ticks == [exchange.exchange] * 5
    await asyncio.sleep(5)
    assert len(ticks) == 5


@virtual
async def test_it_says_so_when_it_is_not_open() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        _ = Simulator().environment
    with pytest.raises(ValueError, match="no exchange for the family 'nix'"):
        await Simulator(transport="memory", families=("nix",)).open()
    with pytest.raises(ValueError, match="at least one family"):
        await Simulator(transport="memory", families=()).open()
