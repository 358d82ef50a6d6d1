"""Make the first tables of erp_inventory."""

import sqlalchemy as sa
from alembic import op

from kernel import Exact, Id, Instant, Json

revision = "20261124_1535"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erp_inventory_adjustment',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('reason', sa.String(length=200), nullable=False),
        sa.Column('day', sa.Date(), nullable=True),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('value', Exact(), nullable=False),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_adjustment_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_adjustment'))
    )
    op.create_index('ix_erp_inventory_adjustment_company_id', 'erp_inventory_adjustment', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_adjustment_state', 'erp_inventory_adjustment', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_inventory_adjustment_number', 'erp_inventory_adjustment', ['company_id', 'number'], unique=True)
    op.create_table('erp_inventory_warehouse',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_warehouse_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_warehouse'))
    )
    op.create_index('ix_erp_inventory_warehouse_company_id', 'erp_inventory_warehouse', ['company_id'], unique=False)
    op.create_index('ux_erp_inventory_warehouse_code', 'erp_inventory_warehouse', ['company_id', 'code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('erp_inventory_place',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('code', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('warehouse_id', Id, nullable=True),
        sa.Column('parent_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_place_company_id')),
        sa.ForeignKeyConstraint(['parent_id'], ['erp_inventory_place.id'], name=op.f('fk_erp_inventory_place_parent_id')),
        sa.ForeignKeyConstraint(['warehouse_id'], ['erp_inventory_warehouse.id'], name=op.f('fk_erp_inventory_place_warehouse_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_place'))
    )
    op.create_index('ix_erp_inventory_place_company_id', 'erp_inventory_place', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_place_kind', 'erp_inventory_place', ['company_id', 'kind', 'id'], unique=False)
    op.create_index('ix_erp_inventory_place_parent_id', 'erp_inventory_place', ['parent_id'], unique=False)
    op.create_index('ix_erp_inventory_place_warehouse_id', 'erp_inventory_place', ['warehouse_id'], unique=False)
    op.create_index('ux_erp_inventory_place_code', 'erp_inventory_place', ['company_id', 'code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('erp_inventory_lot',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=60), nullable=False),
        sa.Column('expires_on', sa.Date(), nullable=True),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_lot_company_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_inventory_lot_product_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_lot'))
    )
    op.create_index('ix_erp_inventory_lot_company_id', 'erp_inventory_lot', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_lot_number', 'erp_inventory_lot', ['number'], unique=False)
    op.create_index('ix_erp_inventory_lot_product_id', 'erp_inventory_lot', ['product_id'], unique=False)
    op.create_index('ux_erp_inventory_lot_product_number', 'erp_inventory_lot', ['company_id', 'product_id', 'number'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('erp_inventory_receipt',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('supplier_reference', sa.String(length=60), nullable=True),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('expected_on', sa.Date(), nullable=True),
        sa.Column('received_on', sa.Date(), nullable=True),
        sa.Column('over_percent', Exact(), nullable=False),
        sa.Column('cancel_reason', sa.String(length=200), nullable=True),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('supplier_id', Id, nullable=True),
        sa.Column('place_id', Id, nullable=True),
        sa.Column('source_entity', sa.String(length=120), nullable=True),
        sa.Column('source_id', Id, nullable=True),
        sa.Column('source_title', sa.String(length=200), nullable=True),
        sa.Column('earlier_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_receipt_company_id')),
        sa.ForeignKeyConstraint(['earlier_id'], ['erp_inventory_receipt.id'], name=op.f('fk_erp_inventory_receipt_earlier_id')),
        sa.ForeignKeyConstraint(['place_id'], ['erp_inventory_place.id'], name=op.f('fk_erp_inventory_receipt_place_id')),
        sa.ForeignKeyConstraint(['supplier_id'], ['kernel_party.id'], name=op.f('fk_erp_inventory_receipt_supplier_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_receipt'))
    )
    op.create_index('ix_erp_inventory_receipt_company_id', 'erp_inventory_receipt', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_receipt_earlier_id', 'erp_inventory_receipt', ['earlier_id'], unique=False)
    op.create_index('ix_erp_inventory_receipt_expected_on', 'erp_inventory_receipt', ['expected_on'], unique=False)
    op.create_index('ix_erp_inventory_receipt_source_id', 'erp_inventory_receipt', ['source_id'], unique=False)
    op.create_index('ix_erp_inventory_receipt_state', 'erp_inventory_receipt', ['state', 'company_id'], unique=False)
    op.create_index('ix_erp_inventory_receipt_supplier_id', 'erp_inventory_receipt', ['supplier_id'], unique=False)
    op.create_index('ux_erp_inventory_receipt_number', 'erp_inventory_receipt', ['company_id', 'number'], unique=True)
    op.create_table('erp_inventory_transfer',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('day', sa.Date(), nullable=True),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('from_place_id', Id, nullable=False),
        sa.Column('to_place_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_transfer_company_id')),
        sa.ForeignKeyConstraint(['from_place_id'], ['erp_inventory_place.id'], name=op.f('fk_erp_inventory_transfer_from_place_id')),
        sa.ForeignKeyConstraint(['to_place_id'], ['erp_inventory_place.id'], name=op.f('fk_erp_inventory_transfer_to_place_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_transfer'))
    )
    op.create_index('ix_erp_inventory_transfer_company_id', 'erp_inventory_transfer', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_transfer_state', 'erp_inventory_transfer', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_inventory_transfer_number', 'erp_inventory_transfer', ['company_id', 'number'], unique=True)
    op.create_table('erp_inventory_valuation',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('value', Exact(), nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.CheckConstraint('quantity > 0 OR value = 0', name=op.f('ck_erp_inventory_valuation_nothing_is_worth_nothing')),
        sa.CheckConstraint('quantity >= 0 AND value >= 0', name=op.f('ck_erp_inventory_valuation_positive')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_valuation_company_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_inventory_valuation_product_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_valuation'))
    )
    op.create_index('ix_erp_inventory_valuation_company_id', 'erp_inventory_valuation', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_valuation_product_id', 'erp_inventory_valuation', ['product_id'], unique=False)
    op.create_index('ux_erp_inventory_valuation_product', 'erp_inventory_valuation', ['company_id', 'product_id'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('erp_inventory_wait',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('needed_on', sa.Date(), nullable=True),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('source_entity', sa.String(length=120), nullable=False),
        sa.Column('source_id', Id, nullable=False),
        sa.Column('source_title', sa.String(length=200), nullable=False),
        sa.Column('source_line_entity', sa.String(length=120), nullable=False),
        sa.Column('source_line_id', Id, nullable=False),
        sa.Column('source_line_title', sa.String(length=200), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.CheckConstraint('quantity > 0', name=op.f('ck_erp_inventory_wait_quantity')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_wait_company_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_inventory_wait_product_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_wait'))
    )
    op.create_index('ix_erp_inventory_wait_company_id', 'erp_inventory_wait', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_wait_product', 'erp_inventory_wait', ['company_id', 'product_id'], unique=False)
    op.create_index('ix_erp_inventory_wait_source_id', 'erp_inventory_wait', ['source_id'], unique=False)
    op.create_index('ix_erp_inventory_wait_source_line_id', 'erp_inventory_wait', ['source_line_id'], unique=False)
    op.create_table('erp_inventory_adjustment_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('counted', Exact(), nullable=True),
        sa.Column('difference', Exact(), nullable=True),
        sa.Column('quantity', Exact(), nullable=True),
        sa.Column('unit_value', Exact(), nullable=True),
        sa.Column('adjustment_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('place_id', Id, nullable=True),
        sa.Column('lot_id', Id, nullable=True),
        sa.Column('unit_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['adjustment_id'], ['erp_inventory_adjustment.id'], name=op.f('fk_erp_inventory_adjustment_line_adjustment_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_adjustment_line_company_id')),
        sa.ForeignKeyConstraint(['lot_id'], ['erp_inventory_lot.id'], name=op.f('fk_erp_inventory_adjustment_line_lot_id')),
        sa.ForeignKeyConstraint(['place_id'], ['erp_inventory_place.id'], name=op.f('fk_erp_inventory_adjustment_line_place_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_inventory_adjustment_line_product_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_inventory_adjustment_line_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_adjustment_line'))
    )
    op.create_index('ix_erp_inventory_adjustment_line_adjustment_id', 'erp_inventory_adjustment_line', ['adjustment_id'], unique=False)
    op.create_index('ix_erp_inventory_adjustment_line_lot_id', 'erp_inventory_adjustment_line', ['lot_id'], unique=False)
    op.create_index('ix_erp_inventory_adjustment_line_product_id', 'erp_inventory_adjustment_line', ['product_id'], unique=False)
    op.create_table('erp_inventory_balance',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('on_hand', Exact(), nullable=False),
        sa.Column('reserved', Exact(), nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('place_id', Id, nullable=False),
        sa.Column('lot_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.CheckConstraint('reserved >= 0 AND reserved <= on_hand', name=op.f('ck_erp_inventory_balance_reserved')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_balance_company_id')),
        sa.ForeignKeyConstraint(['lot_id'], ['erp_inventory_lot.id'], name=op.f('fk_erp_inventory_balance_lot_id')),
        sa.ForeignKeyConstraint(['place_id'], ['erp_inventory_place.id'], name=op.f('fk_erp_inventory_balance_place_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_inventory_balance_product_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_balance'))
    )
    op.create_index('ix_erp_inventory_balance_company_id', 'erp_inventory_balance', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_balance_lot_id', 'erp_inventory_balance', ['lot_id'], unique=False)
    op.create_index('ix_erp_inventory_balance_place_id', 'erp_inventory_balance', ['place_id'], unique=False)
    op.create_table('erp_inventory_delivery',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('promised_on', sa.Date(), nullable=True),
        sa.Column('shipped_on', sa.Date(), nullable=True),
        sa.Column('tracking', sa.String(length=60), nullable=True),
        sa.Column('cancel_reason', sa.String(length=200), nullable=True),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('customer_id', Id, nullable=False),
        sa.Column('ship_to_id', Id, nullable=True),
        sa.Column('source_entity', sa.String(length=120), nullable=True),
        sa.Column('source_id', Id, nullable=True),
        sa.Column('source_title', sa.String(length=200), nullable=True),
        sa.Column('earlier_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_delivery_company_id')),
        sa.ForeignKeyConstraint(['customer_id'], ['kernel_party.id'], name=op.f('fk_erp_inventory_delivery_customer_id')),
        sa.ForeignKeyConstraint(['earlier_id'], ['erp_inventory_delivery.id'], name=op.f('fk_erp_inventory_delivery_earlier_id')),
        sa.ForeignKeyConstraint(['ship_to_id'], ['kernel_address.id'], name=op.f('fk_erp_inventory_delivery_ship_to_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_delivery'))
    )
    op.create_index('ix_erp_inventory_delivery_company_id', 'erp_inventory_delivery', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_delivery_customer_id', 'erp_inventory_delivery', ['customer_id'], unique=False)
    op.create_index('ix_erp_inventory_delivery_earlier_id', 'erp_inventory_delivery', ['earlier_id'], unique=False)
    op.create_index('ix_erp_inventory_delivery_promised_on', 'erp_inventory_delivery', ['promised_on'], unique=False)
    op.create_index('ix_erp_inventory_delivery_source_id', 'erp_inventory_delivery', ['source_id'], unique=False)
    op.create_index('ix_erp_inventory_delivery_state', 'erp_inventory_delivery', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_inventory_delivery_number', 'erp_inventory_delivery', ['company_id', 'number'], unique=True)
    op.create_table('erp_inventory_move',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('direction', sa.String(length=40), nullable=False),
        sa.Column('value', Exact(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('unit_id', Id, nullable=False),
        sa.Column('from_place_id', Id, nullable=False),
        sa.Column('to_place_id', Id, nullable=False),
        sa.Column('lot_id', Id, nullable=True),
        sa.Column('document_entity', sa.String(length=120), nullable=False),
        sa.Column('document_id', Id, nullable=False),
        sa.Column('document_title', sa.String(length=200), nullable=False),
        sa.Column('source_entity', sa.String(length=120), nullable=True),
        sa.Column('source_id', Id, nullable=True),
        sa.Column('source_title', sa.String(length=200), nullable=True),
        sa.Column('source_line_entity', sa.String(length=120), nullable=True),
        sa.Column('source_line_id', Id, nullable=True),
        sa.Column('source_line_title', sa.String(length=200), nullable=True),
        sa.Column('party_id', Id, nullable=True),
        sa.Column('reverses_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.CheckConstraint('quantity > 0', name=op.f('ck_erp_inventory_move_quantity')),
        sa.CheckConstraint('value >= 0', name=op.f('ck_erp_inventory_move_value')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_move_company_id')),
        sa.ForeignKeyConstraint(['from_place_id'], ['erp_inventory_place.id'], name=op.f('fk_erp_inventory_move_from_place_id')),
        sa.ForeignKeyConstraint(['lot_id'], ['erp_inventory_lot.id'], name=op.f('fk_erp_inventory_move_lot_id')),
        sa.ForeignKeyConstraint(['party_id'], ['kernel_party.id'], name=op.f('fk_erp_inventory_move_party_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_inventory_move_product_id')),
        sa.ForeignKeyConstraint(['reverses_id'], ['erp_inventory_move.id'], name=op.f('fk_erp_inventory_move_reverses_id')),
        sa.ForeignKeyConstraint(['to_place_id'], ['erp_inventory_place.id'], name=op.f('fk_erp_inventory_move_to_place_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_inventory_move_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_move'))
    )
    op.create_index('ix_erp_inventory_move_company_id', 'erp_inventory_move', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_move_document_id', 'erp_inventory_move', ['document_id'], unique=False)
    op.create_index('ix_erp_inventory_move_lot_id', 'erp_inventory_move', ['lot_id'], unique=False)
    op.create_index('ix_erp_inventory_move_product_day', 'erp_inventory_move', ['product_id', 'day'], unique=False)
    op.create_index('ix_erp_inventory_move_source_id', 'erp_inventory_move', ['source_id'], unique=False)
    op.create_index('ix_erp_inventory_move_source_line_id', 'erp_inventory_move', ['source_line_id'], unique=False)
    op.create_index('ux_erp_inventory_move_reverses', 'erp_inventory_move', ['reverses_id'], unique=True)
    op.create_table('erp_inventory_opening',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('unit_value', Exact(), nullable=True),
        sa.Column('day', sa.Date(), nullable=True),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('place_id', Id, nullable=True),
        sa.Column('lot_id', Id, nullable=True),
        sa.Column('unit_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_opening_company_id')),
        sa.ForeignKeyConstraint(['lot_id'], ['erp_inventory_lot.id'], name=op.f('fk_erp_inventory_opening_lot_id')),
        sa.ForeignKeyConstraint(['place_id'], ['erp_inventory_place.id'], name=op.f('fk_erp_inventory_opening_place_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_inventory_opening_product_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_inventory_opening_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_opening'))
    )
    op.create_index('ix_erp_inventory_opening_company_id', 'erp_inventory_opening', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_opening_lot_id', 'erp_inventory_opening', ['lot_id'], unique=False)
    op.create_index('ix_erp_inventory_opening_product_id', 'erp_inventory_opening', ['product_id'], unique=False)
    op.create_index('ix_erp_inventory_opening_state', 'erp_inventory_opening', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_inventory_opening_number', 'erp_inventory_opening', ['company_id', 'number'], unique=True)
    op.create_table('erp_inventory_receipt_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('received', Exact(), nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('unit_value', Exact(), nullable=True),
        sa.Column('receipt_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('unit_id', Id, nullable=False),
        sa.Column('lot_id', Id, nullable=True),
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
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_receipt_line_company_id')),
        sa.ForeignKeyConstraint(['lot_id'], ['erp_inventory_lot.id'], name=op.f('fk_erp_inventory_receipt_line_lot_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_inventory_receipt_line_product_id')),
        sa.ForeignKeyConstraint(['receipt_id'], ['erp_inventory_receipt.id'], name=op.f('fk_erp_inventory_receipt_line_receipt_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_inventory_receipt_line_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_receipt_line'))
    )
    op.create_index('ix_erp_inventory_receipt_line_lot_id', 'erp_inventory_receipt_line', ['lot_id'], unique=False)
    op.create_index('ix_erp_inventory_receipt_line_product_id', 'erp_inventory_receipt_line', ['product_id'], unique=False)
    op.create_index('ix_erp_inventory_receipt_line_receipt_id', 'erp_inventory_receipt_line', ['receipt_id'], unique=False)
    op.create_index('ix_erp_inventory_receipt_line_source_line_id', 'erp_inventory_receipt_line', ['source_line_id'], unique=False)
    op.create_table('erp_inventory_reservation',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('needed_on', sa.Date(), nullable=True),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('place_id', Id, nullable=False),
        sa.Column('lot_id', Id, nullable=True),
        sa.Column('source_entity', sa.String(length=120), nullable=False),
        sa.Column('source_id', Id, nullable=False),
        sa.Column('source_title', sa.String(length=200), nullable=False),
        sa.Column('source_line_entity', sa.String(length=120), nullable=False),
        sa.Column('source_line_id', Id, nullable=False),
        sa.Column('source_line_title', sa.String(length=200), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.CheckConstraint('quantity > 0', name=op.f('ck_erp_inventory_reservation_quantity')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_reservation_company_id')),
        sa.ForeignKeyConstraint(['lot_id'], ['erp_inventory_lot.id'], name=op.f('fk_erp_inventory_reservation_lot_id')),
        sa.ForeignKeyConstraint(['place_id'], ['erp_inventory_place.id'], name=op.f('fk_erp_inventory_reservation_place_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_inventory_reservation_product_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_reservation'))
    )
    op.create_index('ix_erp_inventory_reservation_company_id', 'erp_inventory_reservation', ['company_id'], unique=False)
    op.create_index('ix_erp_inventory_reservation_lot_id', 'erp_inventory_reservation', ['lot_id'], unique=False)
    op.create_index('ix_erp_inventory_reservation_product', 'erp_inventory_reservation', ['company_id', 'product_id'], unique=False)
    op.create_index('ix_erp_inventory_reservation_source_id', 'erp_inventory_reservation', ['source_id'], unique=False)
    op.create_index('ix_erp_inventory_reservation_source_line_id', 'erp_inventory_reservation', ['source_line_id'], unique=False)
    op.create_table('erp_inventory_transfer_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('transfer_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('lot_id', Id, nullable=True),
        sa.Column('unit_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_transfer_line_company_id')),
        sa.ForeignKeyConstraint(['lot_id'], ['erp_inventory_lot.id'], name=op.f('fk_erp_inventory_transfer_line_lot_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_inventory_transfer_line_product_id')),
        sa.ForeignKeyConstraint(['transfer_id'], ['erp_inventory_transfer.id'], name=op.f('fk_erp_inventory_transfer_line_transfer_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_inventory_transfer_line_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_transfer_line'))
    )
    op.create_index('ix_erp_inventory_transfer_line_lot_id', 'erp_inventory_transfer_line', ['lot_id'], unique=False)
    op.create_index('ix_erp_inventory_transfer_line_product_id', 'erp_inventory_transfer_line', ['product_id'], unique=False)
    op.create_index('ix_erp_inventory_transfer_line_transfer_id', 'erp_inventory_transfer_line', ['transfer_id'], unique=False)
    op.create_table('erp_inventory_delivery_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('reserved', Exact(), nullable=False),
        sa.Column('short', Exact(), nullable=False),
        sa.Column('to_ship', Exact(), nullable=False),
        sa.Column('shipped', Exact(), nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('delivery_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('unit_id', Id, nullable=False),
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
        sa.CheckConstraint('reserved >= 0 AND short >= 0', name=op.f('ck_erp_inventory_delivery_line_kept')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_inventory_delivery_line_company_id')),
        sa.ForeignKeyConstraint(['delivery_id'], ['erp_inventory_delivery.id'], name=op.f('fk_erp_inventory_delivery_line_delivery_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_inventory_delivery_line_product_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_inventory_delivery_line_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_inventory_delivery_line'))
    )
    op.create_index('ix_erp_inventory_delivery_line_delivery_id', 'erp_inventory_delivery_line', ['delivery_id'], unique=False)
    op.create_index('ix_erp_inventory_delivery_line_product_id', 'erp_inventory_delivery_line', ['product_id'], unique=False)
    op.create_index('ix_erp_inventory_delivery_line_source_line_id', 'erp_inventory_delivery_line', ['source_line_id'], unique=False)
    op.create_index('ux_erp_inventory_balance_product_place_lot', 'erp_inventory_balance', ['company_id', 'product_id', 'place_id', sa.text('coalesce(lot_id, 0)')], unique=True)


def downgrade() -> None:
    op.drop_index('ux_erp_inventory_balance_product_place_lot', table_name='erp_inventory_balance')
    op.drop_index('ix_erp_inventory_delivery_line_source_line_id', table_name='erp_inventory_delivery_line')
    op.drop_index('ix_erp_inventory_delivery_line_product_id', table_name='erp_inventory_delivery_line')
    op.drop_index('ix_erp_inventory_delivery_line_delivery_id', table_name='erp_inventory_delivery_line')
    op.drop_table('erp_inventory_delivery_line')
    op.drop_index('ix_erp_inventory_transfer_line_transfer_id', table_name='erp_inventory_transfer_line')
    op.drop_index('ix_erp_inventory_transfer_line_product_id', table_name='erp_inventory_transfer_line')
    op.drop_index('ix_erp_inventory_transfer_line_lot_id', table_name='erp_inventory_transfer_line')
    op.drop_table('erp_inventory_transfer_line')
    op.drop_index('ix_erp_inventory_reservation_source_line_id', table_name='erp_inventory_reservation')
    op.drop_index('ix_erp_inventory_reservation_source_id', table_name='erp_inventory_reservation')
    op.drop_index('ix_erp_inventory_reservation_product', table_name='erp_inventory_reservation')
    op.drop_index('ix_erp_inventory_reservation_lot_id', table_name='erp_inventory_reservation')
    op.drop_index('ix_erp_inventory_reservation_company_id', table_name='erp_inventory_reservation')
    op.drop_table('erp_inventory_reservation')
    op.drop_index('ix_erp_inventory_receipt_line_source_line_id', table_name='erp_inventory_receipt_line')
    op.drop_index('ix_erp_inventory_receipt_line_receipt_id', table_name='erp_inventory_receipt_line')
    op.drop_index('ix_erp_inventory_receipt_line_product_id', table_name='erp_inventory_receipt_line')
    op.drop_index('ix_erp_inventory_receipt_line_lot_id', table_name='erp_inventory_receipt_line')
    op.drop_table('erp_inventory_receipt_line')
    op.drop_index('ux_erp_inventory_opening_number', table_name='erp_inventory_opening')
    op.drop_index('ix_erp_inventory_opening_state', table_name='erp_inventory_opening')
    op.drop_index('ix_erp_inventory_opening_product_id', table_name='erp_inventory_opening')
    op.drop_index('ix_erp_inventory_opening_lot_id', table_name='erp_inventory_opening')
    op.drop_index('ix_erp_inventory_opening_company_id', table_name='erp_inventory_opening')
    op.drop_table('erp_inventory_opening')
    op.drop_index('ux_erp_inventory_move_reverses', table_name='erp_inventory_move')
    op.drop_index('ix_erp_inventory_move_source_line_id', table_name='erp_inventory_move')
    op.drop_index('ix_erp_inventory_move_source_id', table_name='erp_inventory_move')
    op.drop_index('ix_erp_inventory_move_product_day', table_name='erp_inventory_move')
    op.drop_index('ix_erp_inventory_move_lot_id', table_name='erp_inventory_move')
    op.drop_index('ix_erp_inventory_move_document_id', table_name='erp_inventory_move')
    op.drop_index('ix_erp_inventory_move_company_id', table_name='erp_inventory_move')
    op.drop_table('erp_inventory_move')
    op.drop_index('ux_erp_inventory_delivery_number', table_name='erp_inventory_delivery')
    op.drop_index('ix_erp_inventory_delivery_state', table_name='erp_inventory_delivery')
    op.drop_index('ix_erp_inventory_delivery_source_id', table_name='erp_inventory_delivery')
    op.drop_index('ix_erp_inventory_delivery_promised_on', table_name='erp_inventory_delivery')
    op.drop_index('ix_erp_inventory_delivery_earlier_id', table_name='erp_inventory_delivery')
    op.drop_index('ix_erp_inventory_delivery_customer_id', table_name='erp_inventory_delivery')
    op.drop_index('ix_erp_inventory_delivery_company_id', table_name='erp_inventory_delivery')
    op.drop_table('erp_inventory_delivery')
    op.drop_index('ix_erp_inventory_balance_place_id', table_name='erp_inventory_balance')
    op.drop_index('ix_erp_inventory_balance_lot_id', table_name='erp_inventory_balance')
    op.drop_index('ix_erp_inventory_balance_company_id', table_name='erp_inventory_balance')
    op.drop_table('erp_inventory_balance')
    op.drop_index('ix_erp_inventory_adjustment_line_product_id', table_name='erp_inventory_adjustment_line')
    op.drop_index('ix_erp_inventory_adjustment_line_lot_id', table_name='erp_inventory_adjustment_line')
    op.drop_index('ix_erp_inventory_adjustment_line_adjustment_id', table_name='erp_inventory_adjustment_line')
    op.drop_table('erp_inventory_adjustment_line')
    op.drop_index('ix_erp_inventory_wait_source_line_id', table_name='erp_inventory_wait')
    op.drop_index('ix_erp_inventory_wait_source_id', table_name='erp_inventory_wait')
    op.drop_index('ix_erp_inventory_wait_product', table_name='erp_inventory_wait')
    op.drop_index('ix_erp_inventory_wait_company_id', table_name='erp_inventory_wait')
    op.drop_table('erp_inventory_wait')
    op.drop_index('ux_erp_inventory_valuation_product', table_name='erp_inventory_valuation')
    op.drop_index('ix_erp_inventory_valuation_product_id', table_name='erp_inventory_valuation')
    op.drop_index('ix_erp_inventory_valuation_company_id', table_name='erp_inventory_valuation')
    op.drop_table('erp_inventory_valuation')
    op.drop_index('ux_erp_inventory_transfer_number', table_name='erp_inventory_transfer')
    op.drop_index('ix_erp_inventory_transfer_state', table_name='erp_inventory_transfer')
    op.drop_index('ix_erp_inventory_transfer_company_id', table_name='erp_inventory_transfer')
    op.drop_table('erp_inventory_transfer')
    op.drop_index('ux_erp_inventory_receipt_number', table_name='erp_inventory_receipt')
    op.drop_index('ix_erp_inventory_receipt_supplier_id', table_name='erp_inventory_receipt')
    op.drop_index('ix_erp_inventory_receipt_state', table_name='erp_inventory_receipt')
    op.drop_index('ix_erp_inventory_receipt_source_id', table_name='erp_inventory_receipt')
    op.drop_index('ix_erp_inventory_receipt_expected_on', table_name='erp_inventory_receipt')
    op.drop_index('ix_erp_inventory_receipt_earlier_id', table_name='erp_inventory_receipt')
    op.drop_index('ix_erp_inventory_receipt_company_id', table_name='erp_inventory_receipt')
    op.drop_table('erp_inventory_receipt')
    op.drop_index('ux_erp_inventory_lot_product_number', table_name='erp_inventory_lot')
    op.drop_index('ix_erp_inventory_lot_product_id', table_name='erp_inventory_lot')
    op.drop_index('ix_erp_inventory_lot_number', table_name='erp_inventory_lot')
    op.drop_index('ix_erp_inventory_lot_company_id', table_name='erp_inventory_lot')
    op.drop_table('erp_inventory_lot')
    op.drop_index('ux_erp_inventory_place_code', table_name='erp_inventory_place')
    op.drop_index('ix_erp_inventory_place_warehouse_id', table_name='erp_inventory_place')
    op.drop_index('ix_erp_inventory_place_parent_id', table_name='erp_inventory_place')
    op.drop_index('ix_erp_inventory_place_kind', table_name='erp_inventory_place')
    op.drop_index('ix_erp_inventory_place_company_id', table_name='erp_inventory_place')
    op.drop_table('erp_inventory_place')
    op.drop_index('ux_erp_inventory_warehouse_code', table_name='erp_inventory_warehouse')
    op.drop_index('ix_erp_inventory_warehouse_company_id', table_name='erp_inventory_warehouse')
    op.drop_table('erp_inventory_warehouse')
    op.drop_index('ux_erp_inventory_adjustment_number', table_name='erp_inventory_adjustment')
    op.drop_index('ix_erp_inventory_adjustment_state', table_name='erp_inventory_adjustment')
    op.drop_index('ix_erp_inventory_adjustment_company_id', table_name='erp_inventory_adjustment')
    op.drop_table('erp_inventory_adjustment')
