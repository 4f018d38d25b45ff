"""Replies of the wallet calls."""

from decimal import Decimal

from msgspec import Struct


class Network(Struct, frozen=True, kw_only=True, rename="camel"):
    """A network over which a coin is deposited and withdrawn."""

    network: str
    coin: str
    withdraw_integer_multiple: Decimal
    is_default: bool
    deposit_enable: bool
    withdraw_enable: bool
    deposit_desc: str = ""
    withdraw_desc: str = ""
    special_tips: str | None = None
    name: str
    reset_address_status: bool
    address_regex: str | None = None
    memo_regex: str | None = None
    withdraw_fee: Decimal
    withdraw_min: Decimal
    withdraw_max: Decimal
    min_confirm: int | None = None
    un_lock_confirm: int | None = None


class Coin(Struct, frozen=True, kw_only=True, rename="camel"):
    """A coin: what the wallet holds of it, and how it is deposited and withdrawn."""

    coin: str
    deposit_all_enable: bool
    withdraw_all_enable: bool
    name: str
    free: Decimal
    locked: Decimal
    freeze: Decimal
    withdrawing: Decimal
    ipoing: Decimal
    ipoable: Decimal
    storage: Decimal
    is_legal_money: bool
    trading: bool
    network_list: list[Network]


class FiatWithdrawal(Struct, frozen=True, kw_only=True, rename="camel"):
    """A fiat withdrawal that was applied for."""

    order_id: str
    channel_code: str
    currency_code: str
    amount: Decimal
    order_status: str


class WithdrawalId(Struct, frozen=True, kw_only=True, rename="camel"):
    """A withdrawal that was applied for."""

    id: str


class Withdrawal(Struct, frozen=True, kw_only=True, rename="camel"):
    """A crypto withdrawal; `apply_time` is text (`2022-02-18 03:36:04`).

    `status` is 0 email sent, 1 cancelled, 2 awaiting approval, 3 rejected, 4 processing, 5 failure, 6 completed.
    """

    id: str
    amount: Decimal
    transaction_fee: Decimal
    coin: str
    status: int
    address: str
    apply_time: str
    network: str
    transfer_type: int
    withdraw_order_id: str | None = None
    address_tag: str | None = None
    tx_id: str | None = None


class FiatRecord(Struct, frozen=True, kw_only=True, rename="camel"):
    """A fiat deposit or withdrawal; the document shows the currency of deposits only."""

    order_id: str
    payment_account: str
    payment_channel: str
    payment_method: str
    order_status: str
    fiat_currency: str | None = None
    amount: Decimal
    transaction_fee: Decimal
    platform_fee: Decimal


class FiatHistory(Struct, frozen=True, kw_only=True, rename="camel"):
    """Fiat deposits or withdrawals."""

    asset_log_record_list: list[FiatRecord]


class DepositAddress(Struct, frozen=True, kw_only=True, rename="camel"):
    """Where to send a coin; some networks need the `tag` (memo) too."""

    coin: str
    address: str
    tag: str
    url: str


class Deposit(Struct, frozen=True, kw_only=True, rename="camel"):
    """A crypto deposit. `status` is 0 pending, 1 success, 6 credited but not to be withdrawn yet; 4 was seen too."""

    amount: Decimal
    coin: str
    network: str
    status: int
    address: str
    address_tag: str
    tx_id: str
    insert_time: int
    transfer_type: int
    confirm_times: str


class ConvertedDust(Struct, frozen=True, kw_only=True, rename="camel"):
    """An asset that was converted; `result` is S for success."""

    tran_id: int
    from_asset: str
    to_asset: str
    amount: Decimal
    transferred_amount: Decimal
    service_charge_amount: Decimal
    operate_time: int
    result: str | None = None


class DustConversion(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a conversion of dust brought and cost."""

    total_transferred: Decimal
    total_service_charge: Decimal
    transfer_result: list[ConvertedDust]


class PastDustConversion(Struct, frozen=True, kw_only=True, rename="camel"):
    """A past conversion of dust."""

    operate_time: int
    total_service_charge_amount: Decimal
    total_transferred_amount: Decimal
    user_asset_dribblet_details: list[ConvertedDust]


class DustHistory(Struct, frozen=True, kw_only=True, rename="camel"):
    """Past conversions of dust."""

    total: int
    user_dust_convert_history: list[PastDustConversion]


class ConvertibleAsset(Struct, frozen=True, kw_only=True, rename="camel"):
    """An asset that may be converted as dust, and what it would bring."""

    from_asset: str
    to_asset: str
    available_balance: Decimal
    converted_asset: Decimal
    usd_value_converted_asset: Decimal
    conversion_fee: Decimal
    received_asset: Decimal


class ConvertibleAssets(Struct, frozen=True, kw_only=True, rename="camel"):
    """The assets that may be converted as dust, and what all of them would bring."""

    convertible_assets: list[ConvertibleAsset]
    total_converted_asset: Decimal
    usd_value_total_converted_asset: Decimal
    total_conversion_fee: Decimal
    total_received_asset: Decimal
    fee_rate: Decimal
    within_restricted_time: bool
