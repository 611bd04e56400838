"""The limit of P4: a bare FastAPI GET that answers bytes it has: ``bare_bytes FILE PORT``."""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response

CONTENT = Path(sys.argv[1]).read_bytes() if len(sys.argv) > 1 else b""

app = FastAPI()


@app.get("/api/v1/loans")
async def list_loans() -> Response:
    """Answer the bytes."""
    return Response(CONTENT, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
    )
