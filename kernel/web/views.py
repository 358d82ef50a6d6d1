"""The views of the kernel's own records, declared by the same means as a plugin's."""

from collections.abc import Sequence

from kernel.entities.base import TAGS
from kernel.exchange import approvaltimes  # noqa: F401  # its reports are the kernel's own
from kernel.exchange.listing import MOST_COUNTED, Query
from kernel.exchange.paths import field_at
from kernel.hooks.participation import taking_part
from kernel.i18n import _
from kernel.identity.models import Company, User
from kernel.permissions.models import Role
from kernel.permissions.rights import rights
from kernel.printing.declare import sheet_maker
from kernel.printing.logos import with_logo
from kernel.tags.models import Tag
from kernel.tags.services import is_tagged_entity
from kernel.web.declare import FormView, LinesView, ListView, Menu, MenuItem, Panel, ScanView, Section, Tab, panel
from kernel.web.frame import access_address
from kernel.web.sheets import form_sheet
from kernel.web.show import address

sheet_maker(form_sheet)

Menu(
    "kernel", MenuItem(_("Parties"), "kernel.party"), MenuItem(_("Products"), "kernel.product"),
    MenuItem(_("Categories"), "kernel.product_category"), MenuItem(_("Taxes"), "kernel.tax"),
    MenuItem(_("Units"), "kernel.unit"), MenuItem(_("Currencies"), "kernel.currency"),
    MenuItem(_("Tags"), "kernel.tag"),
    label=_("Master data"), icon="address-book", order=90)

ListView(
    "kernel.party", "name number kind country email phone is_customer is_supplier",
    filters="kind country is_customer is_supplier", sort="name", phone="name phone number country kind",
    activities=True,
    tabs=(Tab(_("Customers"), "is_customer=1", _("Customer")), Tab(_("Suppliers"), "is_supplier=1", _("Supplier"))))
FormView(
    "kernel.party", Section("", "name kind tax_id is_customer is_supplier parent"),
    Section(_("Reach"), "email phone website language"), Section(_("Money"), "country currency"),
    Section("", "comment"),
    subtitle="number kind country",
    lines=(LinesView("contacts", "name job_title email phone decides"),
           LinesView("addresses", "kind street street2 postal_code city region country")))
ListView("kernel.activity_type", "name icon days note then", sort="id")
FormView("kernel.activity_type", Section("", "name icon days note then"))
FormView("kernel.activity_plan", Section("", "name"), lines=(LinesView("steps", "kind days note whom user"),))
ListView("kernel.product", sort="code")
ListView(
    "kernel.tag", "name colour entity changed_at", filters="colour entity", sort="name",
    phone="name colour entity changed_at")
FormView("kernel.tag", Section("", "name colour entity"))


@panel("kernel.tag", _("Where it lies"), icon="tag", needs="kernel.tag")
def tagged(tags: Sequence[Tag]) -> list[Panel | None]:
    """Count the records that have a tag, of each kind that the person may read, and lead to the first of them."""
    found: list[Panel | None] = []
    for tag in tags:
        rows, link = [], None
        for name, cls in sorted(taking_part().items()):
            if not is_tagged_entity(cls) or tag.entity not in (None, name) or field_at(cls, TAGS) is None:
                continue
            count = Query(cls, filter=[[TAGS, "eq", tag.id]], counted=MOST_COUNTED).totals().count
            if count:
                rows.append((cls.__plural__, count))
                link = link or (_("Show {what}", what=cls.__plural__), f"{address(cls)}?f.{TAGS}={tag.id}")
        found.append(Panel(rows=rows, link=link) if rows else None)
    return found


ScanView("kernel.product", gtin="barcode")
ListView(
    "kernel.user", "name login email home_company locale active locked_until", filters="active home_company",
    sort="name", phone="name active login email")
FormView(
    "kernel.user", Section("", "name login email home_company active"),
    Section(_("Wishes"), "locale timezone theme"), Section(_("Access"), "locked_until"), subtitle="login")


@panel("kernel.user", _("Access"), icon="key", needs="kernel.role")
def access(users: Sequence[User]) -> list[Panel | None]:
    """Lead to a user's roles, what they come to, and what can be done about signing in."""
    if not rights().may("change", "kernel.role"):
        return [None for _user in users]
    return [
        Panel(rows=((_("Password"), _("Set") if user.password_hash else _("None")),),
              link=(_("Roles and signing in"), access_address(user.id)))
        for user in users]


@panel("kernel.role", _("Access"), icon="key", needs="kernel.role")
def allowed(roles: Sequence[Role]) -> list[Panel | None]:
    """Lead to the table of what a role allows."""
    if not rights().may("change", "kernel.role"):
        return [None for _role in roles]
    return [Panel(rows=((_("Grants"), str(len(role.grants))),),
                  link=(_("What it allows, as a table"), f"/settings/access/roles/{role.id}")) for role in roles]


ListView("kernel.role", "name code plugin everyone", sort="name", phone="name plugin code everyone")
FormView(
    "kernel.role", Section("", "name name_zh_hant name_zh_hans code plugin everyone"), subtitle="code",
    lines=(LinesView("members", "user"), LinesView("grants", "entity action scope rule"),
           LinesView("field_rules", "entity field mode")))
ListView(
    "kernel.employee", "name number job_title department manager user", filters="department manager",
    sort="name", phone="name job_title number department")
ListView("kernel.department", "name parent group", sort="name")
ListView("kernel.company", "name currency timezone locale", sort="name")
FormView(
    "kernel.company", Section("", "name currency timezone locale"),
    Section(_("Letterhead"), "address tax_id phone email website bank"))


@panel("kernel.company", _("Logo"), icon="photo")
def logo(companies: Sequence[Company]) -> list[Panel | None]:
    """Lead to where the logo of printed documents is put."""
    known = with_logo(company.id for company in companies)
    may_change = rights().may("change", "kernel.company")
    return [
        Panel(rows=((_("On printed documents"), _("yes") if company.id in known else _("no")),),
              link=(_("Change the logo"), f"/kernel/company/{company.id}/logo") if may_change else None)
        for company in companies]


ListView("kernel.approval_definition", "name code entity transition revision stage plugin", sort="name")
ListView("kernel.working_hours", "weekday starts ends", sort="weekday", phone="weekday starts ends")
FormView("kernel.working_hours", Section("", "weekday starts ends"))
ListView("kernel.holiday", "day name working", filters="day working", sort="day", phone="name day working")
FormView("kernel.holiday", Section("", "day name working"), subtitle="day")
