"""Make the first tables of erp_purchase."""

import sqlalchemy as sa
from alembic import op

from kernel import Exact, Id, Instant, Json

revision = "20261124_1559"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erp_purchase_request',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('requested_on', sa.Date(), nullable=True),
        sa.Column('needed_on', sa.Date(), nullable=True),
        sa.Column('reason', sa.String(length=200), nullable=True),
        sa.Column('estimate', Exact(), nullable=False),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('reject_reason', sa.String(length=200), nullable=True),
        sa.Column('cancel_reason', sa.String(length=200), nullable=True),
        sa.Column('owner_id', Id, nullable=True),
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
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_purchase_request_company_id')),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_erp_purchase_request_owner_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_purchase_request'))
    )
    op.create_index('ix_erp_purchase_request_company_id', 'erp_purchase_request', ['company_id'], unique=False)
    op.create_index('ix_erp_purchase_request_owner_id', 'erp_purchase_request', ['owner_id'], unique=False)
    op.create_index('ix_erp_purchase_request_requested_on', 'erp_purchase_request', ['requested_on'], unique=False)
    op.create_index('ix_erp_purchase_request_source_id', 'erp_purchase_request', ['source_id'], unique=False)
    op.create_index('ix_erp_purchase_request_state', 'erp_purchase_request', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_purchase_request_number', 'erp_purchase_request', ['company_id', 'number'], unique=True)
    op.create_table('erp_purchase_product_supplier',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('supplier_code', sa.String(length=60), nullable=True),
        sa.Column('price', Exact(), nullable=False),
        sa.Column('minimum', Exact(), nullable=False),
        sa.Column('maximum', Exact(), nullable=True),
        sa.Column('lead_days', sa.Integer(), nullable=True),
        sa.Column('valid_from', sa.Date(), nullable=True),
        sa.Column('valid_until', sa.Date(), nullable=True),
        sa.Column('priority', sa.Integer(), nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('supplier_id', Id, nullable=False),
        sa.Column('currency_id', Id, nullable=True),
        sa.Column('unit_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_purchase_product_supplier_company_id')),
        sa.ForeignKeyConstraint(['currency_id'], ['kernel_currency.id'], name=op.f('fk_erp_purchase_product_supplier_currency_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_purchase_product_supplier_product_id')),
        sa.ForeignKeyConstraint(['supplier_id'], ['kernel_party.id'], name=op.f('fk_erp_purchase_product_supplier_supplier_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_purchase_product_supplier_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_purchase_product_supplier'))
    )
    op.create_index('ix_erp_purchase_product_supplier_company_id', 'erp_purchase_product_supplier', ['company_id'], unique=False)
    op.create_index('ix_erp_purchase_product_supplier_product_id', 'erp_purchase_product_supplier', ['product_id'], unique=False)
    op.create_index('ix_erp_purchase_product_supplier_supplier_id', 'erp_purchase_product_supplier', ['supplier_id'], unique=False)
    op.create_table('erp_purchase_request_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('description', sa.String(length=200), nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('needed_on', sa.Date(), nullable=True),
        sa.Column('estimate', Exact(), nullable=False),
        sa.Column('wanted_for', sa.String(length=200), nullable=True),
        sa.Column('demands', Json(), nullable=True),
        sa.Column('request_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('unit_id', Id, nullable=False),
        sa.Column('supplier_id', Id, nullable=True),
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
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_purchase_request_line_company_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_purchase_request_line_product_id')),
        sa.ForeignKeyConstraint(['request_id'], ['erp_purchase_request.id'], name=op.f('fk_erp_purchase_request_line_request_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['supplier_id'], ['kernel_party.id'], name=op.f('fk_erp_purchase_request_line_supplier_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_purchase_request_line_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_purchase_request_line'))
    )
    op.create_index('ix_erp_purchase_request_line_product_id', 'erp_purchase_request_line', ['product_id'], unique=False)
    op.create_index('ix_erp_purchase_request_line_request_id', 'erp_purchase_request_line', ['request_id'], unique=False)
    op.create_index('ix_erp_purchase_request_line_source_id', 'erp_purchase_request_line', ['source_id'], unique=False)
    op.create_index('ix_erp_purchase_request_line_supplier_id', 'erp_purchase_request_line', ['supplier_id'], unique=False)
    op.create_table('erp_purchase_supplier_terms',
        sa.Column('row_id', Id, nullable=False),
        sa.Column('standing', sa.String(length=40), nullable=False),
        sa.Column('payment_days', sa.Integer(), nullable=False),
        sa.Column('lead_days', sa.Integer(), nullable=False),
        sa.Column('over_percent', Exact(), nullable=False),
        sa.Column('minimum_order', Exact(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['row_id'], ['kernel_party.id'], name=op.f('fk_erp_purchase_supplier_terms_row_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('row_id', name=op.f('pk_erp_purchase_supplier_terms'))
    )
    op.create_table('erp_purchase_order',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('supplier_order', sa.String(length=60), nullable=True),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('order_date', sa.Date(), nullable=True),
        sa.Column('expected_on', sa.Date(), nullable=True),
        sa.Column('shipped_on', sa.Date(), nullable=True),
        sa.Column('payment_days', sa.Integer(), nullable=True),
        sa.Column('over_percent', Exact(), nullable=True),
        sa.Column('exchange_rate', Exact(), nullable=False),
        sa.Column('subtotal', Exact(), nullable=False),
        sa.Column('tax_amount', Exact(), nullable=False),
        sa.Column('freight', Exact(), nullable=False),
        sa.Column('total', Exact(), nullable=False),
        sa.Column('own_total', Exact(), nullable=False),
        sa.Column('received_percent', Exact(), nullable=False),
        sa.Column('billed_percent', Exact(), nullable=False),
        sa.Column('billed_amount', Exact(), nullable=False),
        sa.Column('billed_freight', Exact(), nullable=False),
        sa.Column('paid_amount', Exact(), nullable=False),
        sa.Column('supplier_reference', sa.String(length=60), nullable=True),
        sa.Column('bill_day', sa.Date(), nullable=True),
        sa.Column('billed_as', sa.String(length=200), nullable=True),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('cancel_reason', sa.String(length=200), nullable=True),
        sa.Column('approved_at', Instant(), nullable=True),
        sa.Column('supplier_id', Id, nullable=False),
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
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_purchase_order_company_id')),
        sa.ForeignKeyConstraint(['contact_id'], ['kernel_contact.id'], name=op.f('fk_erp_purchase_order_contact_id')),
        sa.ForeignKeyConstraint(['currency_id'], ['kernel_currency.id'], name=op.f('fk_erp_purchase_order_currency_id')),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_erp_purchase_order_owner_id')),
        sa.ForeignKeyConstraint(['supplier_id'], ['kernel_party.id'], name=op.f('fk_erp_purchase_order_supplier_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_purchase_order'))
    )
    op.create_index('ix_erp_purchase_order_company_id', 'erp_purchase_order', ['company_id'], unique=False)
    op.create_index('ix_erp_purchase_order_expected_on', 'erp_purchase_order', ['expected_on'], unique=False)
    op.create_index('ix_erp_purchase_order_order_date', 'erp_purchase_order', ['order_date'], unique=False)
    op.create_index('ix_erp_purchase_order_owner_id', 'erp_purchase_order', ['owner_id'], unique=False)
    op.create_index('ix_erp_purchase_order_state', 'erp_purchase_order', ['state', 'company_id'], unique=False)
    op.create_index('ix_erp_purchase_order_supplier_id', 'erp_purchase_order', ['supplier_id'], unique=False)
    op.create_index('ux_erp_purchase_order_number', 'erp_purchase_order', ['company_id', 'number'], unique=True)
    op.create_table('erp_purchase_order_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('description', sa.String(length=200), nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('unit_price', Exact(), nullable=True),
        sa.Column('discount', Exact(), nullable=False),
        sa.Column('tax_rate', Exact(), nullable=False),
        sa.Column('tax_amount', Exact(), nullable=False),
        sa.Column('line_total', Exact(), nullable=False),
        sa.Column('expected_on', sa.Date(), nullable=True),
        sa.Column('price_source', sa.String(length=200), nullable=True),
        sa.Column('received', Exact(), nullable=False),
        sa.Column('rejected', Exact(), nullable=False),
        sa.Column('billed', Exact(), nullable=False),
        sa.Column('arriving', Exact(), nullable=True),
        sa.Column('bill_quantity', Exact(), nullable=True),
        sa.Column('bill_price', Exact(), nullable=True),
        sa.Column('order_id', Id, nullable=False),
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
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_purchase_order_line_company_id')),
        sa.ForeignKeyConstraint(['order_id'], ['erp_purchase_order.id'], name=op.f('fk_erp_purchase_order_line_order_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_purchase_order_line_product_id')),
        sa.ForeignKeyConstraint(['tax_id'], ['kernel_tax.id'], name=op.f('fk_erp_purchase_order_line_tax_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_purchase_order_line_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_purchase_order_line'))
    )
    op.create_index('ix_erp_purchase_order_line_order_id', 'erp_purchase_order_line', ['order_id'], unique=False)
    op.create_index('ix_erp_purchase_order_line_product_id', 'erp_purchase_order_line', ['product_id'], unique=False)
    op.create_table('erp_purchase_order_origin',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('wanted_for', sa.String(length=200), nullable=True),
        sa.Column('order_id', Id, nullable=False),
        sa.Column('order_line_id', Id, nullable=True),
        sa.Column('request_id', Id, nullable=True),
        sa.Column('request_line_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_purchase_order_origin_company_id')),
        sa.ForeignKeyConstraint(['order_id'], ['erp_purchase_order.id'], name=op.f('fk_erp_purchase_order_origin_order_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['order_line_id'], ['erp_purchase_order_line.id'], name=op.f('fk_erp_purchase_order_origin_order_line_id')),
        sa.ForeignKeyConstraint(['request_id'], ['erp_purchase_request.id'], name=op.f('fk_erp_purchase_order_origin_request_id')),
        sa.ForeignKeyConstraint(['request_line_id'], ['erp_purchase_request_line.id'], name=op.f('fk_erp_purchase_order_origin_request_line_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_purchase_order_origin'))
    )
    op.create_index('ix_erp_purchase_order_origin_order_id', 'erp_purchase_order_origin', ['order_id'], unique=False)
    op.create_index('ix_erp_purchase_order_origin_order_line_id', 'erp_purchase_order_origin', ['order_line_id'], unique=False)
    op.create_index('ix_erp_purchase_order_origin_request_id', 'erp_purchase_order_origin', ['request_id'], unique=False)
    op.create_index('ix_erp_purchase_order_origin_request_line_id', 'erp_purchase_order_origin', ['request_line_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_erp_purchase_order_origin_request_line_id', table_name='erp_purchase_order_origin')
    op.drop_index('ix_erp_purchase_order_origin_request_id', table_name='erp_purchase_order_origin')
    op.drop_index('ix_erp_purchase_order_origin_order_line_id', table_name='erp_purchase_order_origin')
    op.drop_index('ix_erp_purchase_order_origin_order_id', table_name='erp_purchase_order_origin')
    op.drop_table('erp_purchase_order_origin')
    op.drop_index('ix_erp_purchase_order_line_product_id', table_name='erp_purchase_order_line')
    op.drop_index('ix_erp_purchase_order_line_order_id', table_name='erp_purchase_order_line')
    op.drop_table('erp_purchase_order_line')
    op.drop_index('ux_erp_purchase_order_number', table_name='erp_purchase_order')
    op.drop_index('ix_erp_purchase_order_supplier_id', table_name='erp_purchase_order')
    op.drop_index('ix_erp_purchase_order_state', table_name='erp_purchase_order')
    op.drop_index('ix_erp_purchase_order_owner_id', table_name='erp_purchase_order')
    op.drop_index('ix_erp_purchase_order_order_date', table_name='erp_purchase_order')
    op.drop_index('ix_erp_purchase_order_expected_on', table_name='erp_purchase_order')
    op.drop_index('ix_erp_purchase_order_company_id', table_name='erp_purchase_order')
    op.drop_table('erp_purchase_order')
    op.drop_table('erp_purchase_supplier_terms')
    op.drop_index('ix_erp_purchase_request_line_supplier_id', table_name='erp_purchase_request_line')
    op.drop_index('ix_erp_purchase_request_line_source_id', table_name='erp_purchase_request_line')
    op.drop_index('ix_erp_purchase_request_line_request_id', table_name='erp_purchase_request_line')
    op.drop_index('ix_erp_purchase_request_line_product_id', table_name='erp_purchase_request_line')
    op.drop_table('erp_purchase_request_line')
    op.drop_index('ix_erp_purchase_product_supplier_supplier_id', table_name='erp_purchase_product_supplier')
    op.drop_index('ix_erp_purchase_product_supplier_product_id', table_name='erp_purchase_product_supplier')
    op.drop_index('ix_erp_purchase_product_supplier_company_id', table_name='erp_purchase_product_supplier')
    op.drop_table('erp_purchase_product_supplier')
    op.drop_index('ux_erp_purchase_request_number', table_name='erp_purchase_request')
    op.drop_index('ix_erp_purchase_request_state', table_name='erp_purchase_request')
    op.drop_index('ix_erp_purchase_request_source_id', table_name='erp_purchase_request')
    op.drop_index('ix_erp_purchase_request_requested_on', table_name='erp_purchase_request')
    op.drop_index('ix_erp_purchase_request_owner_id', table_name='erp_purchase_request')
    op.drop_index('ix_erp_purchase_request_company_id', table_name='erp_purchase_request')
    op.drop_table('erp_purchase_request')
