"""``make golden``: write the golden files of new events and versions."""

from tests.golden.files import write_missing

for path in write_missing():
    print(path.name)
