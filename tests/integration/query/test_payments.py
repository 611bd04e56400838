"""Payments, and the fees they pay."""

from datetime import date
from uuid import UUID

from domain.fees.commands import AssessFee
from domain.payments.commands import RecordPayment
from domain.receivables.events import FeeKind
from runtime.ids import new_id
from tests.integration.query.conftest import MAY, Desk

STRANGER = UUID("01936f5e-0000-7000-8000-00000000beef")


async def test_payments_and_fees_are_listed(desk: Desk) -> None:
    loan_id = await desk.closed_through(MAY)
    other = await desk.office.active_loan(builder=STRANGER)
    fee = AssessFee(new_id(), FeeKind.INSPECTION, 500_00, MAY)
    await desk.office.service(loan_id, fee, MAY)
    for day in (5, 6, 7):
        on = date(2025, 5, day)
        payment = RecordPayment(new_id(), 200_00, on, "WIRE", f"ref-{day}")
        await desk.office.service(loan_id, payment, on)
    await desk.office.service(
        other, RecordPayment(new_id(), 10_00, date(2025, 5, 6), "ACH"), date(2025, 5, 6)
    )
    (shown,) = await desk.data(f"/loans/{loan_id}/fees")
    assert (shown["kind"], shown["paid"], shown["due"]) == ("INSPECTION", "500.00", "0.00")
    payments = await desk.data(f"/loans/{loan_id}/payments")
    assert [each["received_on"][-2:] for each in payments] == ["05", "06", "07"]
    assert payments[0]["allocations"][0]["due"] == "FEE"
    loan = await desk.data(f"/loans/{loan_id}")
    assert [{**each, "loan_id": str(loan_id)} for each in loan["payments"]] == payments
    everybody = (await desk.get("/payments", page_size=2, sort_by="position")).json()
    assert everybody["meta"]["total"] == 4
    assert len(everybody["data"]) == 2
    on_the_sixth = await desk.get("/payments", received_from="2025-05-06", received_to="2025-05-06")
    assert on_the_sixth.json()["meta"]["total"] == 2
    mine = (await desk.builder("/payments")).json()
    assert mine["meta"]["total"] == 3
    assert (await desk.builder("/payments", loan_id=str(other))).json()["data"] == []
    assert (await desk.get("/payments", colour="red")).status_code == 400
