"""Replies of the credit line calls."""

from decimal import Decimal

from msgspec import Struct, field

from binance_async.us.enums import CreditAlertType, CreditTransferType


class LoanAsset(Struct, frozen=True, kw_only=True, rename="camel"):
    """An asset that is lent."""

    loan_asset: str
    loan_quantity: Decimal
    current_loan_quantity: Decimal
    reclaim_sequence: int


class CreditBalance(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the credit line account holds of an asset; `freeze` comes with alerts."""

    asset: str
    free: Decimal
    locked: Decimal
    freeze: Decimal | None = None


class CreditLine(Struct, frozen=True, kw_only=True, rename="camel"):
    """A credit line account. LTV is loan to value."""

    cl_account_id: int
    master_account_id: int
    notification_mail_addr: str
    current_ltv: Decimal = field(name="currentLTV")
    initial_ltv: Decimal = field(name="initialLTV")
    margin_call_ltv: Decimal = field(name="marginCallLTV")
    liquidation_ltv: Decimal = field(name="liquidationLTV")
    interest_rate: Decimal
    liquidation_fee_rate: Decimal
    contract_start_time: int
    contract_end_time: int
    is_active: bool
    can_trade: bool
    can_transfer_in: bool
    can_transfer_out: bool
    required_deposit_amount: Decimal
    available_amount_to_transfer_out: Decimal
    loan_assets: list[LoanAsset]
    balances: list[CreditBalance]


class CreditAlert(Struct, frozen=True, kw_only=True, rename="camel"):
    """A margin call or a liquidation, and the account at that time."""

    alert_time: int
    alert_type: CreditAlertType
    current_ltv: Decimal = field(name="currentLTV")
    initial_ltv: Decimal = field(name="initialLTV")
    margin_call_ltv: Decimal = field(name="marginCallLTV")
    liquidation_ltv: Decimal = field(name="liquidationLTV")
    total_balance: Decimal
    loan_assets: list[LoanAsset]
    balances: list[CreditBalance]


class CreditTransfer(Struct, frozen=True, kw_only=True, rename="camel"):
    """A transfer into or out of the credit line account."""

    transfer_id: str
    transfer_type: CreditTransferType
    asset: str
    amount: Decimal
    status: str
    transfer_time: int


class CreditTransferred(Struct, frozen=True, kw_only=True, rename="camel"):
    """A transfer that was executed. Its id is a number here and text in the history."""

    transfer_id: int
    status: str
