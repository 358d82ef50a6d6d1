"""Make the first tables of erp_finance."""

import sqlalchemy as sa
from alembic import op

from kernel import Exact, Id, Instant, Json

revision = "20261124_1634"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erp_finance_account',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('role', sa.String(length=40), nullable=True),
        sa.Column('expense_type', sa.String(length=60), nullable=True),
        sa.Column('controlled', sa.Boolean(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_finance_account_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_finance_account'))
    )
    op.create_index('ix_erp_finance_account_company_id', 'erp_finance_account', ['company_id'], unique=False)
    op.create_index('ux_erp_finance_account_code', 'erp_finance_account', ['company_id', 'code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('erp_finance_journal',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('code', sa.String(length=10), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_finance_journal_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_finance_journal'))
    )
    op.create_index('ix_erp_finance_journal_company_id', 'erp_finance_journal', ['company_id'], unique=False)
    op.create_index('ux_erp_finance_journal_code', 'erp_finance_journal', ['company_id', 'code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('erp_finance_entry',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=True),
        sa.Column('journal_code', sa.String(length=10), nullable=True),
        sa.Column('day', sa.Date(), nullable=True),
        sa.Column('description', sa.String(length=200), nullable=True),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('total', Exact(), nullable=False),
        sa.Column('event', sa.String(length=80), nullable=True),
        sa.Column('posted_at', Instant(), nullable=True),
        sa.Column('journal_id', Id, nullable=False),
        sa.Column('source_entity', sa.String(length=120), nullable=True),
        sa.Column('source_id', Id, nullable=True),
        sa.Column('source_title', sa.String(length=200), nullable=True),
        sa.Column('reversal_of_id', Id, nullable=True),
        sa.Column('reversed_by_id', Id, nullable=True),
        sa.Column('prepared_by_id', Id, nullable=True),
        sa.Column('posted_by_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_finance_entry_company_id')),
        sa.ForeignKeyConstraint(['journal_id'], ['erp_finance_journal.id'], name=op.f('fk_erp_finance_entry_journal_id')),
        sa.ForeignKeyConstraint(['posted_by_id'], ['kernel_user.id'], name=op.f('fk_erp_finance_entry_posted_by_id')),
        sa.ForeignKeyConstraint(['prepared_by_id'], ['kernel_user.id'], name=op.f('fk_erp_finance_entry_prepared_by_id')),
        sa.ForeignKeyConstraint(['reversal_of_id'], ['erp_finance_entry.id'], name=op.f('fk_erp_finance_entry_reversal_of_id')),
        sa.ForeignKeyConstraint(['reversed_by_id'], ['erp_finance_entry.id'], name=op.f('fk_erp_finance_entry_reversed_by_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_finance_entry'))
    )
    op.create_index('ix_erp_finance_entry_company_id', 'erp_finance_entry', ['company_id'], unique=False)
    op.create_index('ix_erp_finance_entry_day', 'erp_finance_entry', ['day'], unique=False)
    op.create_index('ix_erp_finance_entry_reversal_of_id', 'erp_finance_entry', ['reversal_of_id'], unique=False)
    op.create_index('ix_erp_finance_entry_source_id', 'erp_finance_entry', ['source_id'], unique=False)
    op.create_index('ix_erp_finance_entry_state', 'erp_finance_entry', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_finance_entry_event', 'erp_finance_entry', ['company_id', 'event'], unique=True)
    op.create_index('ux_erp_finance_entry_number', 'erp_finance_entry', ['company_id', 'number'], unique=True)
    op.create_table('erp_finance_period',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('name', sa.String(length=20), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('closed_at', Instant(), nullable=True),
        sa.Column('closed_by_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['closed_by_id'], ['kernel_user.id'], name=op.f('fk_erp_finance_period_closed_by_id')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_finance_period_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_finance_period'))
    )
    op.create_index('ix_erp_finance_period_company_id', 'erp_finance_period', ['company_id'], unique=False)
    op.create_index('ix_erp_finance_period_state', 'erp_finance_period', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_finance_period_first_day', 'erp_finance_period', ['company_id', 'first_day'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('erp_finance_posting_rule',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('event', sa.String(length=40), nullable=False),
        sa.Column('debit', sa.String(length=40), nullable=False),
        sa.Column('credit', sa.String(length=40), nullable=False),
        sa.Column('journal_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_finance_posting_rule_company_id')),
        sa.ForeignKeyConstraint(['journal_id'], ['erp_finance_journal.id'], name=op.f('fk_erp_finance_posting_rule_journal_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_finance_posting_rule'))
    )
    op.create_index('ix_erp_finance_posting_rule_company_id', 'erp_finance_posting_rule', ['company_id'], unique=False)
    op.create_index('ux_erp_finance_posting_rule_event', 'erp_finance_posting_rule', ['company_id', 'event'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('erp_finance_entry_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('description', sa.String(length=200), nullable=True),
        sa.Column('debit', Exact(), nullable=False),
        sa.Column('credit', Exact(), nullable=False),
        sa.Column('amount_currency', Exact(), nullable=True),
        sa.Column('posted_on', sa.Date(), nullable=True),
        sa.Column('entry_id', Id, nullable=False),
        sa.Column('account_id', Id, nullable=False),
        sa.Column('party_id', Id, nullable=True),
        sa.Column('department_id', Id, nullable=True),
        sa.Column('employee_id', Id, nullable=True),
        sa.Column('currency_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['erp_finance_account.id'], name=op.f('fk_erp_finance_entry_line_account_id')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_finance_entry_line_company_id')),
        sa.ForeignKeyConstraint(['currency_id'], ['kernel_currency.id'], name=op.f('fk_erp_finance_entry_line_currency_id')),
        sa.ForeignKeyConstraint(['department_id'], ['kernel_department.id'], name=op.f('fk_erp_finance_entry_line_department_id')),
        sa.ForeignKeyConstraint(['employee_id'], ['kernel_employee.id'], name=op.f('fk_erp_finance_entry_line_employee_id')),
        sa.ForeignKeyConstraint(['entry_id'], ['erp_finance_entry.id'], name=op.f('fk_erp_finance_entry_line_entry_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['party_id'], ['kernel_party.id'], name=op.f('fk_erp_finance_entry_line_party_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_finance_entry_line'))
    )
    op.create_index('ix_erp_finance_entry_line_balance', 'erp_finance_entry_line', ['company_id', 'account_id', 'posted_on', 'debit', 'credit'], unique=False)
    op.create_index('ix_erp_finance_entry_line_company_id', 'erp_finance_entry_line', ['company_id'], unique=False)
    op.create_index('ix_erp_finance_entry_line_entry_id', 'erp_finance_entry_line', ['entry_id'], unique=False)
    op.create_index('ix_erp_finance_entry_line_party_id', 'erp_finance_entry_line', ['party_id'], unique=False)
    op.create_table('erp_finance_invoice',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=True),
        sa.Column('series', sa.String(length=10), nullable=True),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('day', sa.Date(), nullable=True),
        sa.Column('payment_days', sa.Integer(), nullable=True),
        sa.Column('due_on', sa.Date(), nullable=True),
        sa.Column('reference', sa.String(length=60), nullable=True),
        sa.Column('exchange_rate', Exact(), nullable=False),
        sa.Column('subtotal', Exact(), nullable=False),
        sa.Column('tax_amount', Exact(), nullable=False),
        sa.Column('total', Exact(), nullable=False),
        sa.Column('outstanding', Exact(), nullable=False),
        sa.Column('base_total', Exact(), nullable=False),
        sa.Column('base_outstanding', Exact(), nullable=False),
        sa.Column('settled_on', sa.Date(), nullable=True),
        sa.Column('reversed_on', sa.Date(), nullable=True),
        sa.Column('posted_at', Instant(), nullable=True),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('party_id', Id, nullable=True),
        sa.Column('employee_id', Id, nullable=True),
        sa.Column('source_entity', sa.String(length=120), nullable=True),
        sa.Column('source_id', Id, nullable=True),
        sa.Column('source_title', sa.String(length=200), nullable=True),
        sa.Column('currency_id', Id, nullable=True),
        sa.Column('reversal_of_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_finance_invoice_company_id')),
        sa.ForeignKeyConstraint(['currency_id'], ['kernel_currency.id'], name=op.f('fk_erp_finance_invoice_currency_id')),
        sa.ForeignKeyConstraint(['employee_id'], ['kernel_employee.id'], name=op.f('fk_erp_finance_invoice_employee_id')),
        sa.ForeignKeyConstraint(['party_id'], ['kernel_party.id'], name=op.f('fk_erp_finance_invoice_party_id')),
        sa.ForeignKeyConstraint(['reversal_of_id'], ['erp_finance_invoice.id'], name=op.f('fk_erp_finance_invoice_reversal_of_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_finance_invoice'))
    )
    op.create_index('ix_erp_finance_invoice_company_id', 'erp_finance_invoice', ['company_id'], unique=False)
    op.create_index('ix_erp_finance_invoice_day', 'erp_finance_invoice', ['day'], unique=False)
    op.create_index('ix_erp_finance_invoice_employee_id', 'erp_finance_invoice', ['employee_id'], unique=False)
    op.create_index('ix_erp_finance_invoice_open', 'erp_finance_invoice', ['company_id', 'kind', 'settled_on'], unique=False)
    op.create_index('ix_erp_finance_invoice_owed', 'erp_finance_invoice', ['company_id', 'party_id', 'settled_on'], unique=False)
    op.create_index('ix_erp_finance_invoice_party_id', 'erp_finance_invoice', ['party_id'], unique=False)
    op.create_index('ix_erp_finance_invoice_reversal_of_id', 'erp_finance_invoice', ['reversal_of_id'], unique=False)
    op.create_index('ix_erp_finance_invoice_source_id', 'erp_finance_invoice', ['source_id'], unique=False)
    op.create_index('ix_erp_finance_invoice_state', 'erp_finance_invoice', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_finance_invoice_number', 'erp_finance_invoice', ['company_id', 'number'], unique=True)
    op.create_table('erp_finance_payment',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('direction', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('day', sa.Date(), nullable=True),
        sa.Column('amount', Exact(), nullable=False),
        sa.Column('exchange_rate', Exact(), nullable=False),
        sa.Column('reference', sa.String(length=60), nullable=True),
        sa.Column('unallocated', Exact(), nullable=False),
        sa.Column('base_unallocated', Exact(), nullable=False),
        sa.Column('posted_at', Instant(), nullable=True),
        sa.Column('undone_on', sa.Date(), nullable=True),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('party_id', Id, nullable=True),
        sa.Column('employee_id', Id, nullable=True),
        sa.Column('account_id', Id, nullable=False),
        sa.Column('currency_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['erp_finance_account.id'], name=op.f('fk_erp_finance_payment_account_id')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_finance_payment_company_id')),
        sa.ForeignKeyConstraint(['currency_id'], ['kernel_currency.id'], name=op.f('fk_erp_finance_payment_currency_id')),
        sa.ForeignKeyConstraint(['employee_id'], ['kernel_employee.id'], name=op.f('fk_erp_finance_payment_employee_id')),
        sa.ForeignKeyConstraint(['party_id'], ['kernel_party.id'], name=op.f('fk_erp_finance_payment_party_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_finance_payment'))
    )
    op.create_index('ix_erp_finance_payment_company_id', 'erp_finance_payment', ['company_id'], unique=False)
    op.create_index('ix_erp_finance_payment_day', 'erp_finance_payment', ['day'], unique=False)
    op.create_index('ix_erp_finance_payment_employee_id', 'erp_finance_payment', ['employee_id'], unique=False)
    op.create_index('ix_erp_finance_payment_open', 'erp_finance_payment', ['company_id', 'state', 'unallocated'], unique=False)
    op.create_index('ix_erp_finance_payment_party_id', 'erp_finance_payment', ['party_id'], unique=False)
    op.create_index('ix_erp_finance_payment_state', 'erp_finance_payment', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_finance_payment_number', 'erp_finance_payment', ['company_id', 'number'], unique=True)
    op.create_table('erp_finance_unbilled_goods',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('side', sa.String(length=40), nullable=False),
        sa.Column('moved_quantity', Exact(), nullable=False),
        sa.Column('moved_value', Exact(), nullable=False),
        sa.Column('invoiced_quantity', Exact(), nullable=False),
        sa.Column('cleared_quantity', Exact(), nullable=False),
        sa.Column('cleared_value', Exact(), nullable=False),
        sa.Column('ahead_value', Exact(), nullable=False),
        sa.Column('order_entity', sa.String(length=120), nullable=True),
        sa.Column('order_id', Id, nullable=True),
        sa.Column('order_title', sa.String(length=200), nullable=True),
        sa.Column('line_entity', sa.String(length=120), nullable=True),
        sa.Column('line_id', Id, nullable=True),
        sa.Column('line_title', sa.String(length=200), nullable=True),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('unit_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_finance_unbilled_goods_company_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_finance_unbilled_goods_product_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_finance_unbilled_goods_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_finance_unbilled_goods'))
    )
    op.create_index('ix_erp_finance_unbilled_goods_company_id', 'erp_finance_unbilled_goods', ['company_id'], unique=False)
    op.create_index('ix_erp_finance_unbilled_goods_line_id', 'erp_finance_unbilled_goods', ['line_id'], unique=False)
    op.create_index('ix_erp_finance_unbilled_goods_order_id', 'erp_finance_unbilled_goods', ['order_id'], unique=False)
    op.create_index('ux_erp_finance_unbilled_goods_line', 'erp_finance_unbilled_goods', ['company_id', 'line_id'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('erp_finance_allocation',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('amount', Exact(), nullable=False),
        sa.Column('base', Exact(), nullable=False),
        sa.Column('base_paid', Exact(), nullable=False),
        sa.Column('day', sa.Date(), nullable=True),
        sa.Column('undone_on', sa.Date(), nullable=True),
        sa.Column('payment_id', Id, nullable=False),
        sa.Column('invoice_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_finance_allocation_company_id')),
        sa.ForeignKeyConstraint(['invoice_id'], ['erp_finance_invoice.id'], name=op.f('fk_erp_finance_allocation_invoice_id')),
        sa.ForeignKeyConstraint(['payment_id'], ['erp_finance_payment.id'], name=op.f('fk_erp_finance_allocation_payment_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_finance_allocation'))
    )
    op.create_index('ix_erp_finance_allocation_invoice_id', 'erp_finance_allocation', ['invoice_id'], unique=False)
    op.create_index('ix_erp_finance_allocation_payment_id', 'erp_finance_allocation', ['payment_id'], unique=False)
    op.create_table('erp_finance_invoice_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('description', sa.String(length=200), nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('unit_price', Exact(), nullable=False),
        sa.Column('discount', Exact(), nullable=False),
        sa.Column('tax_rate', Exact(), nullable=False),
        sa.Column('tax_amount', Exact(), nullable=False),
        sa.Column('net', Exact(), nullable=False),
        sa.Column('expense_type', sa.String(length=60), nullable=True),
        sa.Column('invoice_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=True),
        sa.Column('unit_id', Id, nullable=True),
        sa.Column('tax_id', Id, nullable=True),
        sa.Column('account_id', Id, nullable=True),
        sa.Column('department_id', Id, nullable=True),
        sa.Column('source_line_entity', sa.String(length=120), nullable=True),
        sa.Column('source_line_id', Id, nullable=True),
        sa.Column('source_line_title', sa.String(length=200), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['erp_finance_account.id'], name=op.f('fk_erp_finance_invoice_line_account_id')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_finance_invoice_line_company_id')),
        sa.ForeignKeyConstraint(['department_id'], ['kernel_department.id'], name=op.f('fk_erp_finance_invoice_line_department_id')),
        sa.ForeignKeyConstraint(['invoice_id'], ['erp_finance_invoice.id'], name=op.f('fk_erp_finance_invoice_line_invoice_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_finance_invoice_line_product_id')),
        sa.ForeignKeyConstraint(['tax_id'], ['kernel_tax.id'], name=op.f('fk_erp_finance_invoice_line_tax_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_finance_invoice_line_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_finance_invoice_line'))
    )
    op.create_index('ix_erp_finance_invoice_line_invoice_id', 'erp_finance_invoice_line', ['invoice_id'], unique=False)
    op.create_index('ix_erp_finance_invoice_line_product_id', 'erp_finance_invoice_line', ['product_id'], unique=False)
    op.create_index('ix_erp_finance_invoice_line_source_line_id', 'erp_finance_invoice_line', ['source_line_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_erp_finance_invoice_line_source_line_id', table_name='erp_finance_invoice_line')
    op.drop_index('ix_erp_finance_invoice_line_product_id', table_name='erp_finance_invoice_line')
    op.drop_index('ix_erp_finance_invoice_line_invoice_id', table_name='erp_finance_invoice_line')
    op.drop_table('erp_finance_invoice_line')
    op.drop_index('ix_erp_finance_allocation_payment_id', table_name='erp_finance_allocation')
    op.drop_index('ix_erp_finance_allocation_invoice_id', table_name='erp_finance_allocation')
    op.drop_table('erp_finance_allocation')
    op.drop_index('ux_erp_finance_unbilled_goods_line', table_name='erp_finance_unbilled_goods')
    op.drop_index('ix_erp_finance_unbilled_goods_order_id', table_name='erp_finance_unbilled_goods')
    op.drop_index('ix_erp_finance_unbilled_goods_line_id', table_name='erp_finance_unbilled_goods')
    op.drop_index('ix_erp_finance_unbilled_goods_company_id', table_name='erp_finance_unbilled_goods')
    op.drop_table('erp_finance_unbilled_goods')
    op.drop_index('ux_erp_finance_payment_number', table_name='erp_finance_payment')
    op.drop_index('ix_erp_finance_payment_state', table_name='erp_finance_payment')
    op.drop_index('ix_erp_finance_payment_party_id', table_name='erp_finance_payment')
    op.drop_index('ix_erp_finance_payment_open', table_name='erp_finance_payment')
    op.drop_index('ix_erp_finance_payment_employee_id', table_name='erp_finance_payment')
    op.drop_index('ix_erp_finance_payment_day', table_name='erp_finance_payment')
    op.drop_index('ix_erp_finance_payment_company_id', table_name='erp_finance_payment')
    op.drop_table('erp_finance_payment')
    op.drop_index('ux_erp_finance_invoice_number', table_name='erp_finance_invoice')
    op.drop_index('ix_erp_finance_invoice_state', table_name='erp_finance_invoice')
    op.drop_index('ix_erp_finance_invoice_source_id', table_name='erp_finance_invoice')
    op.drop_index('ix_erp_finance_invoice_reversal_of_id', table_name='erp_finance_invoice')
    op.drop_index('ix_erp_finance_invoice_party_id', table_name='erp_finance_invoice')
    op.drop_index('ix_erp_finance_invoice_owed', table_name='erp_finance_invoice')
    op.drop_index('ix_erp_finance_invoice_open', table_name='erp_finance_invoice')
    op.drop_index('ix_erp_finance_invoice_employee_id', table_name='erp_finance_invoice')
    op.drop_index('ix_erp_finance_invoice_day', table_name='erp_finance_invoice')
    op.drop_index('ix_erp_finance_invoice_company_id', table_name='erp_finance_invoice')
    op.drop_table('erp_finance_invoice')
    op.drop_index('ix_erp_finance_entry_line_party_id', table_name='erp_finance_entry_line')
    op.drop_index('ix_erp_finance_entry_line_entry_id', table_name='erp_finance_entry_line')
    op.drop_index('ix_erp_finance_entry_line_company_id', table_name='erp_finance_entry_line')
    op.drop_index('ix_erp_finance_entry_line_balance', table_name='erp_finance_entry_line')
    op.drop_table('erp_finance_entry_line')
    op.drop_index('ux_erp_finance_posting_rule_event', table_name='erp_finance_posting_rule')
    op.drop_index('ix_erp_finance_posting_rule_company_id', table_name='erp_finance_posting_rule')
    op.drop_table('erp_finance_posting_rule')
    op.drop_index('ux_erp_finance_period_first_day', table_name='erp_finance_period')
    op.drop_index('ix_erp_finance_period_state', table_name='erp_finance_period')
    op.drop_index('ix_erp_finance_period_company_id', table_name='erp_finance_period')
    op.drop_table('erp_finance_period')
    op.drop_index('ux_erp_finance_entry_number', table_name='erp_finance_entry')
    op.drop_index('ux_erp_finance_entry_event', table_name='erp_finance_entry')
    op.drop_index('ix_erp_finance_entry_state', table_name='erp_finance_entry')
    op.drop_index('ix_erp_finance_entry_source_id', table_name='erp_finance_entry')
    op.drop_index('ix_erp_finance_entry_reversal_of_id', table_name='erp_finance_entry')
    op.drop_index('ix_erp_finance_entry_day', table_name='erp_finance_entry')
    op.drop_index('ix_erp_finance_entry_company_id', table_name='erp_finance_entry')
    op.drop_table('erp_finance_entry')
    op.drop_index('ux_erp_finance_journal_code', table_name='erp_finance_journal')
    op.drop_index('ix_erp_finance_journal_company_id', table_name='erp_finance_journal')
    op.drop_table('erp_finance_journal')
    op.drop_index('ux_erp_finance_account_code', table_name='erp_finance_account')
    op.drop_index('ix_erp_finance_account_company_id', table_name='erp_finance_account')
    op.drop_table('erp_finance_account')
