"""Both APIs as they are declared; nothing is started."""

import command_api.app
import query_api.app
from runtime.settings import Settings

command_api = command_api.app.create_app(Settings())
query_api = query_api.app.create_app(Settings())
