"""Make the first tables of erp_sales."""

import sqlalchemy as sa
from alembic import op

from kernel import Exact, Id, Instant, Json

revision = "20261124_0041"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erp_sales_sales_terms',
        sa.Column('row_id', Id, nullable=False),
        sa.Column('credit_limit', Exact(), nullable=True),
        sa.Column('payment_days', sa.Integer(), nullable=False),
        sa.Column('discount', Exact(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['row_id'], ['kernel_party.id'], name=op.f('fk_erp_sales_sales_terms_row_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('row_id', name=op.f('pk_erp_sales_sales_terms'))
    )
    op.create_table('erp_sales_quote',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('quote_date', sa.Date(), nullable=True),
        sa.Column('valid_until', sa.Date(), nullable=True),
        sa.Column('subtotal', Exact(), nullable=False),
        sa.Column('tax_amount', Exact(), nullable=False),
        sa.Column('freight', Exact(), nullable=False),
        sa.Column('total', Exact(), nullable=False),
        sa.Column('largest_discount', Exact(), nullable=False),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('decline_reason', sa.String(length=200), nullable=True),
        sa.Column('customer_id', Id, nullable=False),
        sa.Column('contact_id', Id, nullable=True),
        sa.Column('owner_id', Id, nullable=True),
        sa.Column('currency_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_sales_quote_company_id')),
        sa.ForeignKeyConstraint(['contact_id'], ['kernel_contact.id'], name=op.f('fk_erp_sales_quote_contact_id')),
        sa.ForeignKeyConstraint(['currency_id'], ['kernel_currency.id'], name=op.f('fk_erp_sales_quote_currency_id')),
        sa.ForeignKeyConstraint(['customer_id'], ['kernel_party.id'], name=op.f('fk_erp_sales_quote_customer_id')),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_erp_sales_quote_owner_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_sales_quote'))
    )
    op.create_index('ix_erp_sales_quote_company_id', 'erp_sales_quote', ['company_id'], unique=False)
    op.create_index('ix_erp_sales_quote_customer_id', 'erp_sales_quote', ['customer_id'], unique=False)
    op.create_index('ix_erp_sales_quote_owner_id', 'erp_sales_quote', ['owner_id'], unique=False)
    op.create_index('ix_erp_sales_quote_state', 'erp_sales_quote', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_sales_quote_number', 'erp_sales_quote', ['company_id', 'number'], unique=True)
    op.create_table('erp_sales_order',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('customer_reference', sa.String(length=60), nullable=True),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('order_date', sa.Date(), nullable=True),
        sa.Column('promised_on', sa.Date(), nullable=True),
        sa.Column('shipped_on', sa.Date(), nullable=True),
        sa.Column('payment_days', sa.Integer(), nullable=True),
        sa.Column('channel', sa.String(length=40), nullable=False),
        sa.Column('exchange_rate', Exact(), nullable=False),
        sa.Column('subtotal', Exact(), nullable=False),
        sa.Column('tax_amount', Exact(), nullable=False),
        sa.Column('freight', Exact(), nullable=False),
        sa.Column('total', Exact(), nullable=False),
        sa.Column('largest_discount', Exact(), nullable=False),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('cancel_reason', sa.String(length=200), nullable=True),
        sa.Column('confirmed_at', Instant(), nullable=True),
        sa.Column('origin', sa.String(length=200), nullable=True),
        sa.Column('delivered_percent', Exact(), nullable=False),
        sa.Column('invoiced_percent', Exact(), nullable=False),
        sa.Column('paid_percent', Exact(), nullable=False),
        sa.Column('invoiced_amount', Exact(), nullable=False),
        sa.Column('invoiced_freight', Exact(), nullable=False),
        sa.Column('paid_amount', Exact(), nullable=False),
        sa.Column('customer_id', Id, nullable=False),
        sa.Column('contact_id', Id, nullable=True),
        sa.Column('owner_id', Id, nullable=True),
        sa.Column('ship_to_id', Id, nullable=True),
        sa.Column('bill_to_id', Id, nullable=True),
        sa.Column('currency_id', Id, nullable=True),
        sa.Column('quote_id', Id, nullable=True),
        sa.Column('source_entity', sa.String(length=120), nullable=True),
        sa.Column('source_id', Id, nullable=True),
        sa.Column('source_title', sa.String(length=200), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['bill_to_id'], ['kernel_address.id'], name=op.f('fk_erp_sales_order_bill_to_id')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_sales_order_company_id')),
        sa.ForeignKeyConstraint(['contact_id'], ['kernel_contact.id'], name=op.f('fk_erp_sales_order_contact_id')),
        sa.ForeignKeyConstraint(['currency_id'], ['kernel_currency.id'], name=op.f('fk_erp_sales_order_currency_id')),
        sa.ForeignKeyConstraint(['customer_id'], ['kernel_party.id'], name=op.f('fk_erp_sales_order_customer_id')),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_erp_sales_order_owner_id')),
        sa.ForeignKeyConstraint(['quote_id'], ['erp_sales_quote.id'], name=op.f('fk_erp_sales_order_quote_id')),
        sa.ForeignKeyConstraint(['ship_to_id'], ['kernel_address.id'], name=op.f('fk_erp_sales_order_ship_to_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_sales_order'))
    )
    op.create_index('ix_erp_sales_order_company_id', 'erp_sales_order', ['company_id'], unique=False)
    op.create_index('ix_erp_sales_order_credit', 'erp_sales_order', ['company_id', 'customer_id', 'state'], unique=False)
    op.create_index('ix_erp_sales_order_customer_id', 'erp_sales_order', ['customer_id'], unique=False)
    op.create_index('ix_erp_sales_order_order_date', 'erp_sales_order', ['order_date'], unique=False)
    op.create_index('ix_erp_sales_order_owner_id', 'erp_sales_order', ['owner_id'], unique=False)
    op.create_index('ix_erp_sales_order_quote_id', 'erp_sales_order', ['quote_id'], unique=False)
    op.create_index('ix_erp_sales_order_source_id', 'erp_sales_order', ['source_id'], unique=False)
    op.create_index('ix_erp_sales_order_state', 'erp_sales_order', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_sales_order_number', 'erp_sales_order', ['company_id', 'number'], unique=True)
    op.create_table('erp_sales_quote_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('description', sa.String(length=200), nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('unit_price', Exact(), nullable=True),
        sa.Column('discount', Exact(), nullable=False),
        sa.Column('tax_rate', Exact(), nullable=False),
        sa.Column('tax_amount', Exact(), nullable=False),
        sa.Column('line_total', Exact(), nullable=False),
        sa.Column('price_source', sa.String(length=200), nullable=True),
        sa.Column('quote_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('unit_id', Id, nullable=False),
        sa.Column('tax_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_sales_quote_line_company_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_sales_quote_line_product_id')),
        sa.ForeignKeyConstraint(['quote_id'], ['erp_sales_quote.id'], name=op.f('fk_erp_sales_quote_line_quote_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['tax_id'], ['kernel_tax.id'], name=op.f('fk_erp_sales_quote_line_tax_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_sales_quote_line_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_sales_quote_line'))
    )
    op.create_index('ix_erp_sales_quote_line_product_id', 'erp_sales_quote_line', ['product_id'], unique=False)
    op.create_index('ix_erp_sales_quote_line_quote_id', 'erp_sales_quote_line', ['quote_id'], unique=False)
    op.create_table('erp_sales_order_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('description', sa.String(length=200), nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('unit_price', Exact(), nullable=True),
        sa.Column('discount', Exact(), nullable=False),
        sa.Column('tax_rate', Exact(), nullable=False),
        sa.Column('tax_amount', Exact(), nullable=False),
        sa.Column('line_total', Exact(), nullable=False),
        sa.Column('promised_on', sa.Date(), nullable=True),
        sa.Column('price_source', sa.String(length=200), nullable=True),
        sa.Column('tracking', sa.String(length=60), nullable=True),
        sa.Column('delivered', Exact(), nullable=False),
        sa.Column('shipped', Exact(), nullable=False),
        sa.Column('invoiced', Exact(), nullable=False),
        sa.Column('invoiced_net', Exact(), nullable=False),
        sa.Column('order_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('unit_id', Id, nullable=False),
        sa.Column('tax_id', Id, nullable=True),
        sa.Column('quote_line_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_sales_order_line_company_id')),
        sa.ForeignKeyConstraint(['order_id'], ['erp_sales_order.id'], name=op.f('fk_erp_sales_order_line_order_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_sales_order_line_product_id')),
        sa.ForeignKeyConstraint(['quote_line_id'], ['erp_sales_quote_line.id'], name=op.f('fk_erp_sales_order_line_quote_line_id')),
        sa.ForeignKeyConstraint(['tax_id'], ['kernel_tax.id'], name=op.f('fk_erp_sales_order_line_tax_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_sales_order_line_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_sales_order_line'))
    )
    op.create_index('ix_erp_sales_order_line_order_id', 'erp_sales_order_line', ['order_id'], unique=False)
    op.create_index('ix_erp_sales_order_line_product_id', 'erp_sales_order_line', ['product_id'], unique=False)
    op.create_index('ix_erp_sales_order_line_quote_line_id', 'erp_sales_order_line', ['quote_line_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_erp_sales_order_line_quote_line_id', table_name='erp_sales_order_line')
    op.drop_index('ix_erp_sales_order_line_product_id', table_name='erp_sales_order_line')
    op.drop_index('ix_erp_sales_order_line_order_id', table_name='erp_sales_order_line')
    op.drop_table('erp_sales_order_line')
    op.drop_index('ix_erp_sales_quote_line_quote_id', table_name='erp_sales_quote_line')
    op.drop_index('ix_erp_sales_quote_line_product_id', table_name='erp_sales_quote_line')
    op.drop_table('erp_sales_quote_line')
    op.drop_index('ux_erp_sales_order_number', table_name='erp_sales_order')
    op.drop_index('ix_erp_sales_order_state', table_name='erp_sales_order')
    op.drop_index('ix_erp_sales_order_source_id', table_name='erp_sales_order')
    op.drop_index('ix_erp_sales_order_quote_id', table_name='erp_sales_order')
    op.drop_index('ix_erp_sales_order_owner_id', table_name='erp_sales_order')
    op.drop_index('ix_erp_sales_order_order_date', table_name='erp_sales_order')
    op.drop_index('ix_erp_sales_order_customer_id', table_name='erp_sales_order')
    op.drop_index('ix_erp_sales_order_credit', table_name='erp_sales_order')
    op.drop_index('ix_erp_sales_order_company_id', table_name='erp_sales_order')
    op.drop_table('erp_sales_order')
    op.drop_index('ux_erp_sales_quote_number', table_name='erp_sales_quote')
    op.drop_index('ix_erp_sales_quote_state', table_name='erp_sales_quote')
    op.drop_index('ix_erp_sales_quote_owner_id', table_name='erp_sales_quote')
    op.drop_index('ix_erp_sales_quote_customer_id', table_name='erp_sales_quote')
    op.drop_index('ix_erp_sales_quote_company_id', table_name='erp_sales_quote')
    op.drop_table('erp_sales_quote')
    op.drop_table('erp_sales_sales_terms')
