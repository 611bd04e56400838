"""The limit of P1: a bare FastAPI POST with the same body model, which keeps nothing."""

import sys
from uuid import UUID

import uvicorn
from fastapi import FastAPI

from command_api.routes.draws import CreateBody

app = FastAPI()


@app.post("/api/v1/loans/{loan_id}/draws", status_code=201)
async def create_draw(loan_id: UUID, body: CreateBody) -> dict[str, bool]:  # noqa: ARG001  # validated, and that is all
    """Validate the body and say so."""
    return {"success": True}


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
    )
