"""Both APIs as they are declared; nothing is started."""

from command_api.app import create_app as create_command_app
from query_api.app import create_app as create_query_app
from runtime.settings import Settings

command_api = create_command_app(Settings())
query_api = create_query_app(Settings())
