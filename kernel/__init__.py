"""Trellis: one small kernel for office, customers and resources, every business area an installable plugin.

This module is what a plugin author imports: `from kernel import Entity, text, money, link, signal, on, ...`. It is
the kernel's only public face. Names are loaded when first used, so that `trellis --help` need not load an ORM.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.orm import Mapped as Mapped

    from kernel.discussion.activities.services import follow_up as follow_up
    from kernel.discussion.following import follow as follow
    from kernel.discussion.following import unfollow as unfollow
    from kernel.discussion.services import attach as attach
    from kernel.discussion.services import comment as comment
    from kernel.entities.base import Document as Document
    from kernel.entities.base import Entity as Entity
    from kernel.entities.base import components_of as components_of
    from kernel.entities.base import entity as entity
    from kernel.entities.base import fields_of as fields_of
    from kernel.entities.base import label_of as label_of
    from kernel.entities.bulk import insert_columns as insert_columns
    from kernel.entities.bulk import insert_rows as insert_rows
    from kernel.entities.bulk import rows_written as rows_written
    from kernel.entities.bulk import update_rows as update_rows
    from kernel.entities.columns import Encoded as Encoded
    from kernel.entities.columns import Same as Same
    from kernel.entities.custom.formula import Formula as Formula
    from kernel.entities.custom.formula import parse_formula as parse_formula
    from kernel.entities.custom.functions import FormulaError as FormulaError
    from kernel.entities.extension import Extension as Extension
    from kernel.entities.fields import AnyRef as AnyRef
    from kernel.entities.fields import Choice as Choice
    from kernel.entities.fields import boolean as boolean
    from kernel.entities.fields import choice as choice
    from kernel.entities.fields import date as date
    from kernel.entities.fields import instant as instant
    from kernel.entities.fields import integer as integer
    from kernel.entities.fields import json_data as json_data
    from kernel.entities.fields import lines as lines
    from kernel.entities.fields import link as link
    from kernel.entities.fields import money as money
    from kernel.entities.fields import note as note
    from kernel.entities.fields import percent as percent
    from kernel.entities.fields import quantity as quantity
    from kernel.entities.fields import ref as ref
    from kernel.entities.fields import serial as serial
    from kernel.entities.fields import state as state
    from kernel.entities.fields import text as text
    from kernel.entities.gapless import give_numbers as give_numbers
    from kernel.entities.remembered import ReadOnce as ReadOnce
    from kernel.entities.remembered import Remembered as Remembered
    from kernel.entities.types import Exact as Exact
    from kernel.entities.types import Id as Id
    from kernel.entities.types import Instant as Instant
    from kernel.entities.types import Json as Json
    from kernel.entities.types import Money as Money
    from kernel.entities.types import Quantity as Quantity
    from kernel.entities.types import amount as amount
    from kernel.entities.types import ratio as ratio
    from kernel.entities.types import times as times
    from kernel.entities.update_each import UpdateEach as UpdateEach
    from kernel.entities.work import actor as actor
    from kernel.entities.work import as_system as as_system
    from kernel.entities.work import session as session
    from kernel.errors import Conflict as Conflict
    from kernel.errors import Forbidden as Forbidden
    from kernel.errors import Invalid as Invalid
    from kernel.errors import NotFound as NotFound
    from kernel.errors import Problem as Problem
    from kernel.errors import Refusal as Refusal
    from kernel.exchange.customising.mentions import Mention as Mention
    from kernel.exchange.customising.mentions import tell_mentions as tell_mentions
    from kernel.exchange.customising.services import change_field as change_field
    from kernel.exchange.customising.services import custom_fields as custom_fields
    from kernel.exchange.customising.services import define_field as define_field
    from kernel.exchange.customising.services import remove_field as remove_field
    from kernel.exchange.customising.services import restore_field as restore_field
    from kernel.exchange.merging.services import merge as merge
    from kernel.exchange.rows import Linked as Linked
    from kernel.exchange.rows import Row as Row
    from kernel.hooks.listeners import on as on
    from kernel.hooks.participation import installed as installed
    from kernel.hooks.signals import signal as signal
    from kernel.hooks.signals import upcast as upcast
    from kernel.hooks.specifications import ask as ask
    from kernel.hooks.specifications import hook as hook
    from kernel.hooks.specifications import spec as spec
    from kernel.i18n import Text as Text
    from kernel.i18n import _ as _
    from kernel.i18n import format_date as format_date
    from kernel.i18n import format_money as format_money
    from kernel.i18n import format_number as format_number
    from kernel.i18n import format_percent as format_percent
    from kernel.i18n import use_locale as use_locale
    from kernel.identity.fiscal import fiscal_year_start as fiscal_year_start
    from kernel.identity.models import Company as Company
    from kernel.identity.models import Department as Department
    from kernel.identity.models import Employee as Employee
    from kernel.identity.models import User as User
    from kernel.jobs.declare import enqueue as enqueue
    from kernel.jobs.declare import every as every
    from kernel.jobs.declare import job as job
    from kernel.mail.incoming.questions import ArrivedMail as ArrivedMail
    from kernel.mail.incoming.questions import MailTarget as MailTarget
    from kernel.notices.declare import notification as notification
    from kernel.notices.services import Notice as Notice
    from kernel.notices.services import notify as notify
    from kernel.permissions.actors import acting_as as acting_as
    from kernel.permissions.declare import RuleContext as RuleContext
    from kernel.permissions.declare import grant as grant
    from kernel.permissions.declare import hide as hide
    from kernel.permissions.declare import readonly as readonly
    from kernel.permissions.declare import role as role
    from kernel.permissions.declare import row_rule as row_rule
    from kernel.permissions.rights import rights as rights
    from kernel.permissions.roles import give_roles as give_roles
    from kernel.printing.declare import PrintMore as PrintMore
    from kernel.printing.declare import Printout as Printout
    from kernel.printing.declare import PrintSection as PrintSection
    from kernel.printing.declare import PrintTable as PrintTable
    from kernel.printing.declare import Values as Values
    from kernel.printing.paper import Fact as Fact
    from kernel.printing.paper import Grid as Grid
    from kernel.printing.paper import GridColumn as GridColumn
    from kernel.printing.paper import GridRow as GridRow
    from kernel.printing.paper import Note as Note
    from kernel.printing.taxes import tax_summary as tax_summary
    from kernel.registry.checks import Finding as Finding
    from kernel.registry.checks import invariant as invariant
    from kernel.registry.plugin import Plugin as Plugin
    from kernel.registry.plugin import Setting as Setting
    from kernel.registry.settings import setting as setting
    from kernel.shared.amounts import ExchangeRates as ExchangeRates
    from kernel.shared.amounts import PricedDocument as PricedDocument
    from kernel.shared.amounts import PricedLine as PricedLine
    from kernel.shared.amounts import Rounding as Rounding
    from kernel.shared.amounts import line_amounts as line_amounts
    from kernel.shared.amounts import roundings as roundings
    from kernel.shared.amounts import total_up as total_up
    from kernel.shared.contracts.questions import AvailabilityQuestion as AvailabilityQuestion
    from kernel.shared.contracts.questions import BalanceQuestion as BalanceQuestion
    from kernel.shared.contracts.questions import MergeQuestion as MergeQuestion
    from kernel.shared.contracts.questions import PriceAnswer as PriceAnswer
    from kernel.shared.contracts.questions import PriceQuestion as PriceQuestion
    from kernel.shared.contracts.questions import PromiseQuestion as PromiseQuestion
    from kernel.shared.contracts.questions import QualityQuestion as QualityQuestion
    from kernel.shared.contracts.questions import first_known as first_known
    from kernel.shared.contracts.questions import summed as summed
    from kernel.shared.models import Address as Address
    from kernel.shared.models import Contact as Contact
    from kernel.shared.models import Country as Country
    from kernel.shared.models import Currency as Currency
    from kernel.shared.models import CurrencyRate as CurrencyRate
    from kernel.shared.models import Party as Party
    from kernel.shared.models import Product as Product
    from kernel.shared.models import ProductCategory as ProductCategory
    from kernel.shared.models import Region as Region
    from kernel.shared.models import Tax as Tax
    from kernel.shared.models import Unit as Unit
    from kernel.shared.priced import DraftDocument as DraftDocument
    from kernel.shared.priced import DraftLine as DraftLine
    from kernel.shared.priced import Pricing as Pricing
    from kernel.shared.priced import changes_after_draft as changes_after_draft
    from kernel.shared.priced import check_priced_lines as check_priced_lines
    from kernel.shared.priced import documents_of as documents_of
    from kernel.shared.priced import settle_documents as settle_documents
    from kernel.shared.priced import work_out as work_out
    from kernel.shared.quantities import OwnQuantity as OwnQuantity
    from kernel.shared.quantities import QuantityLine as QuantityLine
    from kernel.shared.quantities import convert as convert
    from kernel.shared.quantities import in_own_units as in_own_units
    from kernel.shared.quantities import round_quantity as round_quantity
    from kernel.shared.ranges import within as within
    from kernel.shared.standing import CurrencyFacts as CurrencyFacts
    from kernel.shared.standing import UnitFacts as UnitFacts
    from kernel.shared.standing import company_currency as company_currency
    from kernel.shared.standing import currency_facts as currency_facts
    from kernel.shared.standing import tax_rates as tax_rates
    from kernel.shared.standing import unit_facts as unit_facts
    from kernel.tags.services import tag as tag
    from kernel.tags.services import tags_of as tags_of
    from kernel.web.declare import BoardView as BoardView
    from kernel.web.declare import Figure as Figure
    from kernel.web.declare import FormView as FormView
    from kernel.web.declare import GanttView as GanttView
    from kernel.web.declare import LinesView as LinesView
    from kernel.web.declare import ListView as ListView
    from kernel.web.declare import Menu as Menu
    from kernel.web.declare import MenuItem as MenuItem
    from kernel.web.declare import Panel as Panel
    from kernel.web.declare import Parameter as Parameter
    from kernel.web.declare import ReportTable as ReportTable
    from kernel.web.declare import Rows as Rows
    from kernel.web.declare import ScannedLot as ScannedLot
    from kernel.web.declare import ScanTask as ScanTask
    from kernel.web.declare import ScanView as ScanView
    from kernel.web.declare import Section as Section
    from kernel.web.declare import Spot as Spot
    from kernel.web.declare import Tab as Tab
    from kernel.web.declare import card as card
    from kernel.web.declare import first_step as first_step
    from kernel.web.declare import page as page
    from kernel.web.declare import panel as panel
    from kernel.web.declare import report as report
    from kernel.web.made import made as made
    from kernel.workflows.approvals import Step as Step
    from kernel.workflows.approvals import approval as approval
    from kernel.workflows.machine import State as State
    from kernel.workflows.machine import Transition as Transition
    from kernel.workflows.machine import Workflow as Workflow
    from kernel.workflows.machine import workflow_of as workflow_of

_HOMES = {
    "sqlalchemy.orm": ("Mapped",),
    "kernel.discussion.following": ("follow", "unfollow"),
    "kernel.discussion.services": ("attach", "comment"),
    "kernel.discussion.activities.services": ("follow_up",),
    "kernel.entities.base": ("Document", "Entity", "components_of", "entity", "fields_of", "label_of"),
    "kernel.entities.bulk": ("insert_columns", "insert_rows", "rows_written", "update_rows"),
    "kernel.entities.columns": ("Encoded", "Same"),
    "kernel.entities.custom.formula": ("Formula", "parse_formula"),
    "kernel.entities.custom.functions": ("FormulaError",),
    "kernel.entities.extension": ("Extension",),
    "kernel.entities.fields": (
        "AnyRef", "Choice", "boolean", "choice", "date", "instant", "integer", "json_data", "lines", "link", "money",
        "note", "percent", "quantity", "ref", "serial", "state", "text"),
    "kernel.entities.gapless": ("give_numbers",),
    "kernel.entities.update_each": ("UpdateEach",),
    "kernel.entities.remembered": ("ReadOnce", "Remembered"),
    "kernel.entities.types": ("Exact", "Id", "Instant", "Json", "Money", "Quantity", "amount", "ratio", "times"),
    "kernel.entities.work": ("actor", "as_system", "session"),
    "kernel.errors": ("Conflict", "Forbidden", "Invalid", "NotFound", "Problem", "Refusal"),
    "kernel.exchange.customising.mentions": ("Mention", "tell_mentions"),
    "kernel.exchange.customising.services": (
        "change_field", "custom_fields", "define_field", "remove_field", "restore_field"),
    "kernel.exchange.merging.services": ("merge",),
    "kernel.exchange.rows": ("Linked", "Row"),
    "kernel.hooks.listeners": ("on",),
    "kernel.hooks.participation": ("installed",),
    "kernel.hooks.signals": ("signal", "upcast"),
    "kernel.hooks.specifications": ("ask", "hook", "spec"),
    "kernel.i18n": ("Text", "_", "format_date", "format_money", "format_number", "format_percent", "use_locale"),
    "kernel.identity.fiscal": ("fiscal_year_start",),
    "kernel.identity.models": ("Company", "Department", "Employee", "User"),
    "kernel.jobs.declare": ("enqueue", "every", "job"),
    "kernel.mail.incoming.questions": ("ArrivedMail", "MailTarget"),
    "kernel.notices.declare": ("notification",),
    "kernel.notices.services": ("Notice", "notify"),
    "kernel.permissions.declare": ("RuleContext", "grant", "hide", "readonly", "role", "row_rule"),
    "kernel.permissions.rights": ("rights",),
    "kernel.workflows.approvals": ("Step", "approval"),
    "kernel.workflows.machine": ("State", "Transition", "Workflow", "workflow_of"),
    "kernel.printing.declare": ("PrintMore", "PrintSection", "PrintTable", "Printout", "Values"),
    "kernel.printing.paper": ("Fact", "Grid", "GridColumn", "GridRow", "Note"),
    "kernel.printing.taxes": ("tax_summary",),
    "kernel.web.declare": (
        "BoardView", "Figure", "FormView", "GanttView", "LinesView", "ListView", "Menu", "MenuItem", "Panel",
        "Parameter", "ReportTable", "Rows", "ScanTask", "ScanView", "ScannedLot", "Section", "Spot", "Tab", "card",
        "first_step", "page", "panel", "report"),
    "kernel.tags.services": ("tag", "tags_of"),
    "kernel.web.made": ("made",),
    "kernel.shared.amounts": (
        "ExchangeRates", "PricedDocument", "PricedLine", "Rounding", "line_amounts", "roundings", "total_up"),
    "kernel.shared.priced": (
        "DraftDocument", "DraftLine", "Pricing", "changes_after_draft", "check_priced_lines", "documents_of",
        "settle_documents", "work_out"),
    "kernel.shared.models": (
        "Address", "Contact", "Country", "Currency", "CurrencyRate", "Party", "Product",
        "ProductCategory", "Region", "Tax", "Unit"),
    "kernel.shared.contracts.questions": (
        "AvailabilityQuestion", "BalanceQuestion", "MergeQuestion", "PriceAnswer", "PriceQuestion", "PromiseQuestion",
        "QualityQuestion", "first_known", "summed"),
    "kernel.shared.quantities": ("OwnQuantity", "QuantityLine", "convert", "in_own_units", "round_quantity"),
    "kernel.shared.ranges": ("within",),
    "kernel.shared.standing": (
        "CurrencyFacts", "UnitFacts", "company_currency", "currency_facts", "tax_rates", "unit_facts"),
    "kernel.registry.checks": ("Finding", "invariant"),
    "kernel.registry.plugin": ("Plugin", "Setting"),
    "kernel.registry.settings": ("setting",),
    "kernel.permissions.actors": ("acting_as",),
    "kernel.permissions.roles": ("give_roles",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [*sorted(_HOME_OF)]  # noqa: PLE0604  # written once, in _HOMES


def __getattr__(name: str) -> Any:
    module = _HOME_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'kernel' has no public name {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
