"""Both APIs as they are declared; nothing is started."""

import query_api.app

import command_api.app
from runtime.settings import Settings

command_api = command_api.app.create_app(Settings())
query_api = query_api.app.create_app(Settings())
