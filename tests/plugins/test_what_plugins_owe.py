"""The plugins of the tree give what every plugin owes: one at each run, all of them in the long tests."""

from __future__ import annotations

import pytest

from kernel.testing import PluginTests

pytestmark = pytest.mark.slow


class TestCrm(PluginTests):
    plugin = "crm"


@pytest.mark.deep
class TestFinance(PluginTests):
    plugin = "erp_finance"


@pytest.mark.deep
class TestInventory(PluginTests):
    plugin = "erp_inventory"


@pytest.mark.deep
class TestProduction(PluginTests):
    plugin = "erp_mrp"


@pytest.mark.deep
class TestPurchase(PluginTests):
    plugin = "erp_purchase"


@pytest.mark.deep
class TestSales(PluginTests):
    plugin = "erp_sales"


@pytest.mark.deep
class TestOffice(PluginTests):
    plugin = "oa"
