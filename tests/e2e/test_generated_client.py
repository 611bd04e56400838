"""A client that a program wrote of the OpenAPI document lends money: example E3, over HTTP."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from subprocess import PIPE, STDOUT, run
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.e2e.running import Up
from tests.integration.http import e3
from tests.scenario import E3_DRAWS, E3Draw

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PACKAGE = "lending_client"


@dataclass(frozen=True)
class Generated:
    """The generated package, signed in as somebody at a running system.

    Attributes:
        url: of the system.
        token: of who is signed in, none before.
        positions: of what was written; a read waits for the last of them.
    """

    url: str
    token: str | None = None
    positions: list[int] = field(default_factory=list)

    def call(self, operation: str, *path: UUID, body: dict[str, Any] | None = None) -> Any:
        """Call an operation by its tag and id, with a body of the model that it is typed with.

        Returns:
            The data of its answer, of the model that the document names.
        """
        client = import_module(f"{PACKAGE}.client")
        module = import_module(f"{PACKAGE}.api.{operation}")
        who = (
            client.Client(base_url=self.url)
            if self.token is None
            else client.AuthenticatedClient(base_url=self.url, token=self.token)
        )
        more: dict[str, Any] = {}
        if "body" in (hints := module.sync_detailed.__annotations__):
            more["body"] = model_of(hints["body"]).from_dict(body or {})
        elif "min_position" in hints and self.positions:
            more["min_position"] = self.positions[-1]
        answer = module.sync_detailed(*path, client=who, **more)
        assert answer.status_code in (200, 201), answer.content
        if "body" in hints and "x-ledger-position" in answer.headers:
            self.positions.append(int(answer.headers["x-ledger-position"]))
        return answer.parsed.data

    def as_user(self, email: str) -> "Generated":
        """The same, signed in."""
        account = {"username": email, "password": "drawbridge-demo"}
        token = self.call("sign_in.sign_in", body=account).access_token
        return Generated(self.url, token, self.positions)


def model_of(hint: Any) -> Any:
    """The model of a body, which may be one that can be left out."""
    return next(
        (each for each in getattr(hint, "__args__", ()) if hasattr(each, "from_dict")), hint
    )


@pytest.fixture(scope="module")
def generated(running: Up, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    """The client, written without a complaint of its generator."""
    folder = tmp_path_factory.mktemp("generated")
    config = folder / "config.yaml"
    config.write_text(f"package_name_override: {PACKAGE}\npost_hooks: []\n")
    written = run(
        [
            *(str(Path(sys.executable).with_name("openapi-python-client")), "generate"),
            *("--url", f"{running.url}/openapi.json", "--config", str(config)),
            *("--meta", "none", "--output-path", str(folder / PACKAGE), "--fail-on-warning"),
        ],
        stdout=PIPE,
        stderr=STDOUT,
        text=True,
        check=False,
    )
    assert written.returncode == 0, written.stdout
    assert "WARNING" not in written.stdout.upper(), written.stdout
    sys.path.insert(0, str(folder))
    yield Generated(running.url)
    sys.path.remove(str(folder))


def fund(servicing: Generated, officer: Generated, loan_id: UUID, draw: E3Draw) -> Any:
    """Take one draw from request to money."""
    on = draw.funded_on.isoformat()
    made = servicing.call("draws.create_draw", loan_id, body=e3.request(loan_id, draw.asked, on))
    servicing.call("draws.submit_draw", made.id)
    servicing.call("draws.review_draw", made.id)
    officer.call("draws.approve_draw", made.id)
    servicing.call("draws.fund_draw", made.id, body={"wire_ref": f"FED-{on}"})
    return servicing.call("draws.confirm_draw_funding", made.id, body={"funded_on": on})


def test_a_generated_client_takes_the_example_to_its_third_funded_draw(
    generated: Generated,
) -> None:
    servicing, admin = map(generated.as_user, ("servicing@demo.test", "admin@demo.test"))
    loan_id = uuid4()

    servicing.call("loans.originate_loan", body=e3.terms(loan_id))
    servicing.call("loans.submit_loan", loan_id)
    servicing.call("loans.approve_loan", loan_id)
    closed = servicing.call("loans.close_loan", loan_id, body=e3.closing(loan_id))
    draws = [fund(servicing, admin, loan_id, draw) for draw in E3_DRAWS]
    loan = servicing.call("loans.get_loan", loan_id)

    assert closed.state.value == "ACTIVE"
    assert [(draw.state.value, draw.l8) for draw in draws] == [
        ("FUNDED", expected.l8) for expected in E3_DRAWS
    ]
    assert (loan.principal, loan.retainage_withheld) == ("663500.00", "46500.00")
    assert loan.id == loan_id
    assert servicing.call("draws.get_draw", draws[-1].id).number == 3


def test_a_generated_client_reads_a_refusal_as_the_document_says_it(generated: Generated) -> None:
    servicing = generated.as_user("servicing@demo.test")
    module: Any = import_module(f"{PACKAGE}.api.loans.get_loan")
    client: Any = import_module(f"{PACKAGE}.client")
    call: Callable[..., Any] = module.sync_detailed

    answer = call(
        uuid4(), client=client.AuthenticatedClient(base_url=generated.url, token=servicing.token)
    )

    assert answer.status_code == 404
    assert answer.parsed.error.code == "NOT_FOUND"
