"""The migrations that are committed make what the models want."""

import pytest
from sqlalchemy import create_engine

from kernel.registry.differences import describe, migration_between, steps_of
from kernel.registry.discovery import discover
from kernel.registry.loading import load, load_kernel, migrations_folder, tables_of
from kernel.registry.migrating import head_of, upgrade
from kernel.registry.order import with_requirements


@pytest.mark.parametrize(
    "name", ["kernel", "crm", "erp_finance", "erp_inventory", "erp_mrp", "erp_purchase", "erp_sales", "oa"])
def test_the_committed_migrations_make_the_tables_of_the_models(name: str) -> None:
    load_kernel()
    line = ["kernel"]
    if name != "kernel":
        if name not in discover():
            pytest.skip(f"{name} is not on this machine")
        line += with_requirements([name], discover())
        load(line[1:], discover())
    with create_engine("sqlite://").connect() as connection:
        for each in line:
            upgrade(connection, each, migrations_folder(each))
        script = migration_between(connection, set(tables_of(name)))
    assert script.upgrade_ops is not None
    differences = [describe(step) for step in steps_of(script.upgrade_ops.ops)]
    assert differences == [], f"run: trellis migration squash {name}"
    assert head_of(migrations_folder(name))
