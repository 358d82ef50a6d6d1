"""Make the first tables of erp_mrp."""

import sqlalchemy as sa
from alembic import op

from kernel import Exact, Id, Instant, Json

revision = "20261124_1643"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erp_mrp_plan',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('horizon_on', sa.Date(), nullable=True),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('run_on', sa.Date(), nullable=True),
        sa.Column('ran_at', Instant(), nullable=True),
        sa.Column('products', sa.Integer(), nullable=False),
        sa.Column('demands', sa.Integer(), nullable=False),
        sa.Column('to_make', sa.Integer(), nullable=False),
        sa.Column('to_buy', sa.Integer(), nullable=False),
        sa.Column('messages', sa.Integer(), nullable=False),
        sa.Column('seconds', Exact(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_plan_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_plan'))
    )
    op.create_index('ix_erp_mrp_plan_company_id', 'erp_mrp_plan', ['company_id'], unique=False)
    op.create_index('ix_erp_mrp_plan_state', 'erp_mrp_plan', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_mrp_plan_number', 'erp_mrp_plan', ['company_id', 'number'], unique=True)
    op.create_table('erp_mrp_scrap_reason',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_scrap_reason_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_scrap_reason'))
    )
    op.create_index('ix_erp_mrp_scrap_reason_company_id', 'erp_mrp_scrap_reason', ['company_id'], unique=False)
    op.create_table('erp_mrp_work_centre',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('cost_per_hour', Exact(), nullable=False),
        sa.Column('hours_per_day', Exact(), nullable=False),
        sa.Column('machines', sa.Integer(), nullable=False),
        sa.Column('efficiency', Exact(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_work_centre_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_work_centre'))
    )
    op.create_index('ix_erp_mrp_work_centre_company_id', 'erp_mrp_work_centre', ['company_id'], unique=False)
    op.create_table('erp_mrp_bom',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('revision', sa.String(length=20), nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=True),
        sa.Column('valid_until', sa.Date(), nullable=True),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_bom_company_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_mrp_bom_product_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_bom'))
    )
    op.create_index('ix_erp_mrp_bom_company_id', 'erp_mrp_bom', ['company_id'], unique=False)
    op.create_index('ix_erp_mrp_bom_product_id', 'erp_mrp_bom', ['product_id'], unique=False)
    op.create_table('erp_mrp_demand',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=False),
        sa.Column('delivered', Exact(), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('comment', sa.String(length=200), nullable=True),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('source_entity', sa.String(length=120), nullable=True),
        sa.Column('source_id', Id, nullable=True),
        sa.Column('source_title', sa.String(length=200), nullable=True),
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
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_demand_company_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_mrp_demand_product_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_demand'))
    )
    op.create_index('ix_erp_mrp_demand_company_id', 'erp_mrp_demand', ['company_id'], unique=False)
    op.create_index('ix_erp_mrp_demand_due_on', 'erp_mrp_demand', ['due_on'], unique=False)
    op.create_index('ix_erp_mrp_demand_product_id', 'erp_mrp_demand', ['product_id'], unique=False)
    op.create_index('ix_erp_mrp_demand_source_id', 'erp_mrp_demand', ['source_id'], unique=False)
    op.create_index('ix_erp_mrp_demand_source_line_id', 'erp_mrp_demand', ['source_line_id'], unique=False)
    op.create_table('erp_mrp_planning',
        sa.Column('row_id', Id, nullable=False),
        sa.Column('supply', sa.String(length=40), nullable=False),
        sa.Column('planned', sa.Boolean(), nullable=False),
        sa.Column('lead_days', sa.Integer(), nullable=False),
        sa.Column('safety_stock', Exact(), nullable=False),
        sa.Column('lot_rule', sa.String(length=40), nullable=False),
        sa.Column('lot_size', Exact(), nullable=False),
        sa.Column('minimum', Exact(), nullable=False),
        sa.Column('period_days', sa.Integer(), nullable=False),
        sa.Column('yield_percent', Exact(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['row_id'], ['kernel_product.id'], name=op.f('fk_erp_mrp_planning_row_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('row_id', name=op.f('pk_erp_mrp_planning'))
    )
    op.create_table('erp_mrp_bom_operation',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('sequence', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('setup_hours', Exact(), nullable=False),
        sa.Column('run_hours', Exact(), nullable=False),
        sa.Column('bom_id', Id, nullable=False),
        sa.Column('work_centre_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['bom_id'], ['erp_mrp_bom.id'], name=op.f('fk_erp_mrp_bom_operation_bom_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_bom_operation_company_id')),
        sa.ForeignKeyConstraint(['work_centre_id'], ['erp_mrp_work_centre.id'], name=op.f('fk_erp_mrp_bom_operation_work_centre_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_bom_operation'))
    )
    op.create_index('ix_erp_mrp_bom_operation_bom_id', 'erp_mrp_bom_operation', ['bom_id'], unique=False)
    op.create_index('ix_erp_mrp_bom_operation_work_centre_id', 'erp_mrp_bom_operation', ['work_centre_id'], unique=False)
    op.create_table('erp_mrp_planned_order',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('expected', Exact(), nullable=False),
        sa.Column('release_on', sa.Date(), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=False),
        sa.Column('late', sa.Boolean(), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('plan_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('bom_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['bom_id'], ['erp_mrp_bom.id'], name=op.f('fk_erp_mrp_planned_order_bom_id')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_planned_order_company_id')),
        sa.ForeignKeyConstraint(['plan_id'], ['erp_mrp_plan.id'], name=op.f('fk_erp_mrp_planned_order_plan_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_mrp_planned_order_product_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_planned_order'))
    )
    op.create_index('ix_erp_mrp_planned_order_company_id', 'erp_mrp_planned_order', ['company_id'], unique=False)
    op.create_index('ix_erp_mrp_planned_order_plan_id', 'erp_mrp_planned_order', ['plan_id'], unique=False)
    op.create_index('ix_erp_mrp_planned_order_state', 'erp_mrp_planned_order', ['state', 'company_id'], unique=False)
    op.create_table('erp_mrp_bom_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('fixed', sa.Boolean(), nullable=False),
        sa.Column('scrap_percent', Exact(), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=True),
        sa.Column('valid_until', sa.Date(), nullable=True),
        sa.Column('bom_id', Id, nullable=False),
        sa.Column('component_id', Id, nullable=False),
        sa.Column('unit_id', Id, nullable=True),
        sa.Column('operation_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['bom_id'], ['erp_mrp_bom.id'], name=op.f('fk_erp_mrp_bom_line_bom_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_bom_line_company_id')),
        sa.ForeignKeyConstraint(['component_id'], ['kernel_product.id'], name=op.f('fk_erp_mrp_bom_line_component_id')),
        sa.ForeignKeyConstraint(['operation_id'], ['erp_mrp_bom_operation.id'], name=op.f('fk_erp_mrp_bom_line_operation_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_erp_mrp_bom_line_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_bom_line'))
    )
    op.create_index('ix_erp_mrp_bom_line_bom_id', 'erp_mrp_bom_line', ['bom_id'], unique=False)
    op.create_index('ix_erp_mrp_bom_line_component_id', 'erp_mrp_bom_line', ['component_id'], unique=False)
    op.create_table('erp_mrp_supply',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('expected_on', sa.Date(), nullable=False),
        sa.Column('received', Exact(), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('planned_order_id', Id, nullable=True),
        sa.Column('source_entity', sa.String(length=120), nullable=True),
        sa.Column('source_id', Id, nullable=True),
        sa.Column('source_title', sa.String(length=200), nullable=True),
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
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_supply_company_id')),
        sa.ForeignKeyConstraint(['planned_order_id'], ['erp_mrp_planned_order.id'], name=op.f('fk_erp_mrp_supply_planned_order_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_mrp_supply_product_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_supply'))
    )
    op.create_index('ix_erp_mrp_supply_company_id', 'erp_mrp_supply', ['company_id'], unique=False)
    op.create_index('ix_erp_mrp_supply_expected_on', 'erp_mrp_supply', ['expected_on'], unique=False)
    op.create_index('ix_erp_mrp_supply_planned_order_id', 'erp_mrp_supply', ['planned_order_id'], unique=False)
    op.create_index('ix_erp_mrp_supply_product_id', 'erp_mrp_supply', ['product_id'], unique=False)
    op.create_index('ix_erp_mrp_supply_source_id', 'erp_mrp_supply', ['source_id'], unique=False)
    op.create_index('ix_erp_mrp_supply_source_line_id', 'erp_mrp_supply', ['source_line_id'], unique=False)
    op.create_table('erp_mrp_work_order',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('start_on', sa.Date(), nullable=True),
        sa.Column('due_on', sa.Date(), nullable=True),
        sa.Column('started_on', sa.Date(), nullable=True),
        sa.Column('ended_on', sa.Date(), nullable=True),
        sa.Column('yield_percent', Exact(), nullable=False),
        sa.Column('receiving', Exact(), nullable=True),
        sa.Column('received', Exact(), nullable=False),
        sa.Column('scrapped', Exact(), nullable=False),
        sa.Column('material_cost', Exact(), nullable=False),
        sa.Column('labour_cost', Exact(), nullable=False),
        sa.Column('received_value', Exact(), nullable=False),
        sa.Column('variance', Exact(), nullable=False),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('cancel_reason', sa.String(length=200), nullable=True),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('owner_id', Id, nullable=True),
        sa.Column('bom_id', Id, nullable=True),
        sa.Column('scrap_reason_id', Id, nullable=True),
        sa.Column('planned_order_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['bom_id'], ['erp_mrp_bom.id'], name=op.f('fk_erp_mrp_work_order_bom_id')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_work_order_company_id')),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_erp_mrp_work_order_owner_id')),
        sa.ForeignKeyConstraint(['planned_order_id'], ['erp_mrp_planned_order.id'], name=op.f('fk_erp_mrp_work_order_planned_order_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_mrp_work_order_product_id')),
        sa.ForeignKeyConstraint(['scrap_reason_id'], ['erp_mrp_scrap_reason.id'], name=op.f('fk_erp_mrp_work_order_scrap_reason_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_work_order'))
    )
    op.create_index('ix_erp_mrp_work_order_company_id', 'erp_mrp_work_order', ['company_id'], unique=False)
    op.create_index('ix_erp_mrp_work_order_due_on', 'erp_mrp_work_order', ['due_on'], unique=False)
    op.create_index('ix_erp_mrp_work_order_owner_id', 'erp_mrp_work_order', ['owner_id'], unique=False)
    op.create_index('ix_erp_mrp_work_order_planned_order_id', 'erp_mrp_work_order', ['planned_order_id'], unique=False)
    op.create_index('ix_erp_mrp_work_order_product_id', 'erp_mrp_work_order', ['product_id'], unique=False)
    op.create_index('ix_erp_mrp_work_order_state', 'erp_mrp_work_order', ['state', 'company_id'], unique=False)
    op.create_index('ux_erp_mrp_work_order_number', 'erp_mrp_work_order', ['company_id', 'number'], unique=True)
    op.create_table('erp_mrp_message',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('from_on', sa.Date(), nullable=True),
        sa.Column('to_on', sa.Date(), nullable=True),
        sa.Column('plan_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('planned_order_id', Id, nullable=True),
        sa.Column('supply_id', Id, nullable=True),
        sa.Column('work_order_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_message_company_id')),
        sa.ForeignKeyConstraint(['plan_id'], ['erp_mrp_plan.id'], name=op.f('fk_erp_mrp_message_plan_id')),
        sa.ForeignKeyConstraint(['planned_order_id'], ['erp_mrp_planned_order.id'], name=op.f('fk_erp_mrp_message_planned_order_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_mrp_message_product_id')),
        sa.ForeignKeyConstraint(['supply_id'], ['erp_mrp_supply.id'], name=op.f('fk_erp_mrp_message_supply_id')),
        sa.ForeignKeyConstraint(['work_order_id'], ['erp_mrp_work_order.id'], name=op.f('fk_erp_mrp_message_work_order_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_message'))
    )
    op.create_index('ix_erp_mrp_message_company_id', 'erp_mrp_message', ['company_id'], unique=False)
    op.create_index('ix_erp_mrp_message_plan_id', 'erp_mrp_message', ['plan_id'], unique=False)
    op.create_table('erp_mrp_peg',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('planned_order_id', Id, nullable=False),
        sa.Column('demand_id', Id, nullable=True),
        sa.Column('parent_order_id', Id, nullable=True),
        sa.Column('work_order_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_peg_company_id')),
        sa.ForeignKeyConstraint(['demand_id'], ['erp_mrp_demand.id'], name=op.f('fk_erp_mrp_peg_demand_id')),
        sa.ForeignKeyConstraint(['parent_order_id'], ['erp_mrp_planned_order.id'], name=op.f('fk_erp_mrp_peg_parent_order_id')),
        sa.ForeignKeyConstraint(['planned_order_id'], ['erp_mrp_planned_order.id'], name=op.f('fk_erp_mrp_peg_planned_order_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['work_order_id'], ['erp_mrp_work_order.id'], name=op.f('fk_erp_mrp_peg_work_order_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_peg'))
    )
    op.create_index('ix_erp_mrp_peg_demand_id', 'erp_mrp_peg', ['demand_id'], unique=False, postgresql_where=sa.text('demand_id IS NOT NULL'), sqlite_where=sa.text('demand_id IS NOT NULL'))
    op.create_index('ix_erp_mrp_peg_parent_order_id', 'erp_mrp_peg', ['parent_order_id'], unique=False, postgresql_where=sa.text('parent_order_id IS NOT NULL'), sqlite_where=sa.text('parent_order_id IS NOT NULL'))
    op.create_index('ix_erp_mrp_peg_planned_order_id', 'erp_mrp_peg', ['planned_order_id'], unique=False)
    op.create_index('ix_erp_mrp_peg_work_order_id', 'erp_mrp_peg', ['work_order_id'], unique=False, postgresql_where=sa.text('work_order_id IS NOT NULL'), sqlite_where=sa.text('work_order_id IS NOT NULL'))
    op.create_table('erp_mrp_work_order_component',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('issued', Exact(), nullable=False),
        sa.Column('issuing', Exact(), nullable=True),
        sa.Column('over_reason', sa.String(length=200), nullable=True),
        sa.Column('issued_value', Exact(), nullable=False),
        sa.Column('step', sa.Integer(), nullable=True),
        sa.Column('work_order_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_work_order_component_company_id')),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_erp_mrp_work_order_component_product_id')),
        sa.ForeignKeyConstraint(['work_order_id'], ['erp_mrp_work_order.id'], name=op.f('fk_erp_mrp_work_order_component_work_order_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_work_order_component'))
    )
    op.create_index('ix_erp_mrp_work_order_component_product_id', 'erp_mrp_work_order_component', ['product_id'], unique=False)
    op.create_index('ix_erp_mrp_work_order_component_work_order_id', 'erp_mrp_work_order_component', ['work_order_id'], unique=False)
    op.create_table('erp_mrp_work_order_operation',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('sequence', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=True),
        sa.Column('planned_hours', Exact(), nullable=False),
        sa.Column('good', Exact(), nullable=False),
        sa.Column('scrap', Exact(), nullable=False),
        sa.Column('hours', Exact(), nullable=False),
        sa.Column('planned_cost', Exact(), nullable=False),
        sa.Column('cost', Exact(), nullable=False),
        sa.Column('start_on', sa.Date(), nullable=True),
        sa.Column('due_on', sa.Date(), nullable=True),
        sa.Column('started_on', sa.Date(), nullable=True),
        sa.Column('ended_on', sa.Date(), nullable=True),
        sa.Column('work_order_id', Id, nullable=False),
        sa.Column('work_centre_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_work_order_operation_company_id')),
        sa.ForeignKeyConstraint(['work_centre_id'], ['erp_mrp_work_centre.id'], name=op.f('fk_erp_mrp_work_order_operation_work_centre_id')),
        sa.ForeignKeyConstraint(['work_order_id'], ['erp_mrp_work_order.id'], name=op.f('fk_erp_mrp_work_order_operation_work_order_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_work_order_operation'))
    )
    op.create_index('ix_erp_mrp_work_order_operation_work_centre_id', 'erp_mrp_work_order_operation', ['work_centre_id'], unique=False)
    op.create_index('ix_erp_mrp_work_order_operation_work_order_id', 'erp_mrp_work_order_operation', ['work_order_id'], unique=False)
    op.create_table('erp_mrp_work_order_peg',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('due_on', sa.Date(), nullable=True),
        sa.Column('work_order_id', Id, nullable=False),
        sa.Column('demand_id', Id, nullable=True),
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
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_work_order_peg_company_id')),
        sa.ForeignKeyConstraint(['demand_id'], ['erp_mrp_demand.id'], name=op.f('fk_erp_mrp_work_order_peg_demand_id')),
        sa.ForeignKeyConstraint(['work_order_id'], ['erp_mrp_work_order.id'], name=op.f('fk_erp_mrp_work_order_peg_work_order_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_work_order_peg'))
    )
    op.create_index('ix_erp_mrp_work_order_peg_demand_id', 'erp_mrp_work_order_peg', ['demand_id'], unique=False)
    op.create_index('ix_erp_mrp_work_order_peg_source_id', 'erp_mrp_work_order_peg', ['source_id'], unique=False)
    op.create_index('ix_erp_mrp_work_order_peg_work_order_id', 'erp_mrp_work_order_peg', ['work_order_id'], unique=False)
    op.create_table('erp_mrp_operation_report',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('sequence', sa.Integer(), nullable=False),
        sa.Column('day', sa.Date(), nullable=True),
        sa.Column('good', Exact(), nullable=False),
        sa.Column('scrap', Exact(), nullable=False),
        sa.Column('hours', Exact(), nullable=False),
        sa.Column('cost', Exact(), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('work_order_id', Id, nullable=False),
        sa.Column('employee_id', Id, nullable=True),
        sa.Column('scrap_reason_id', Id, nullable=True),
        sa.Column('operation_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_erp_mrp_operation_report_company_id')),
        sa.ForeignKeyConstraint(['employee_id'], ['kernel_employee.id'], name=op.f('fk_erp_mrp_operation_report_employee_id')),
        sa.ForeignKeyConstraint(['operation_id'], ['erp_mrp_work_order_operation.id'], name=op.f('fk_erp_mrp_operation_report_operation_id')),
        sa.ForeignKeyConstraint(['scrap_reason_id'], ['erp_mrp_scrap_reason.id'], name=op.f('fk_erp_mrp_operation_report_scrap_reason_id')),
        sa.ForeignKeyConstraint(['work_order_id'], ['erp_mrp_work_order.id'], name=op.f('fk_erp_mrp_operation_report_work_order_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erp_mrp_operation_report'))
    )
    op.create_index('ix_erp_mrp_operation_report_company_id', 'erp_mrp_operation_report', ['company_id'], unique=False)
    op.create_index('ix_erp_mrp_operation_report_employee_id', 'erp_mrp_operation_report', ['employee_id'], unique=False)
    op.create_index('ix_erp_mrp_operation_report_operation_id', 'erp_mrp_operation_report', ['operation_id'], unique=False)
    op.create_index('ix_erp_mrp_operation_report_state', 'erp_mrp_operation_report', ['state', 'company_id'], unique=False)
    op.create_index('ix_erp_mrp_operation_report_work_order_id', 'erp_mrp_operation_report', ['work_order_id'], unique=False)
    op.create_index('ux_erp_mrp_operation_report_number', 'erp_mrp_operation_report', ['company_id', 'number'], unique=True)
    op.create_index('ux_erp_mrp_bom_product_revision', 'erp_mrp_bom', [sa.text('coalesce(company_id, 0)'), 'product_id', 'revision'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_erp_mrp_scrap_reason_name', 'erp_mrp_scrap_reason', [sa.text('coalesce(company_id, 0)'), 'name'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_erp_mrp_work_centre_code', 'erp_mrp_work_centre', [sa.text('coalesce(company_id, 0)'), 'code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))


def downgrade() -> None:
    op.drop_index('ux_erp_mrp_work_centre_code', table_name='erp_mrp_work_centre')
    op.drop_index('ux_erp_mrp_scrap_reason_name', table_name='erp_mrp_scrap_reason')
    op.drop_index('ux_erp_mrp_bom_product_revision', table_name='erp_mrp_bom')
    op.drop_index('ux_erp_mrp_operation_report_number', table_name='erp_mrp_operation_report')
    op.drop_index('ix_erp_mrp_operation_report_work_order_id', table_name='erp_mrp_operation_report')
    op.drop_index('ix_erp_mrp_operation_report_state', table_name='erp_mrp_operation_report')
    op.drop_index('ix_erp_mrp_operation_report_operation_id', table_name='erp_mrp_operation_report')
    op.drop_index('ix_erp_mrp_operation_report_employee_id', table_name='erp_mrp_operation_report')
    op.drop_index('ix_erp_mrp_operation_report_company_id', table_name='erp_mrp_operation_report')
    op.drop_table('erp_mrp_operation_report')
    op.drop_index('ix_erp_mrp_work_order_peg_work_order_id', table_name='erp_mrp_work_order_peg')
    op.drop_index('ix_erp_mrp_work_order_peg_source_id', table_name='erp_mrp_work_order_peg')
    op.drop_index('ix_erp_mrp_work_order_peg_demand_id', table_name='erp_mrp_work_order_peg')
    op.drop_table('erp_mrp_work_order_peg')
    op.drop_index('ix_erp_mrp_work_order_operation_work_order_id', table_name='erp_mrp_work_order_operation')
    op.drop_index('ix_erp_mrp_work_order_operation_work_centre_id', table_name='erp_mrp_work_order_operation')
    op.drop_table('erp_mrp_work_order_operation')
    op.drop_index('ix_erp_mrp_work_order_component_work_order_id', table_name='erp_mrp_work_order_component')
    op.drop_index('ix_erp_mrp_work_order_component_product_id', table_name='erp_mrp_work_order_component')
    op.drop_table('erp_mrp_work_order_component')
    op.drop_index('ix_erp_mrp_peg_work_order_id', table_name='erp_mrp_peg')
    op.drop_index('ix_erp_mrp_peg_planned_order_id', table_name='erp_mrp_peg')
    op.drop_index('ix_erp_mrp_peg_parent_order_id', table_name='erp_mrp_peg')
    op.drop_index('ix_erp_mrp_peg_demand_id', table_name='erp_mrp_peg')
    op.drop_table('erp_mrp_peg')
    op.drop_index('ix_erp_mrp_message_plan_id', table_name='erp_mrp_message')
    op.drop_index('ix_erp_mrp_message_company_id', table_name='erp_mrp_message')
    op.drop_table('erp_mrp_message')
    op.drop_index('ux_erp_mrp_work_order_number', table_name='erp_mrp_work_order')
    op.drop_index('ix_erp_mrp_work_order_state', table_name='erp_mrp_work_order')
    op.drop_index('ix_erp_mrp_work_order_product_id', table_name='erp_mrp_work_order')
    op.drop_index('ix_erp_mrp_work_order_planned_order_id', table_name='erp_mrp_work_order')
    op.drop_index('ix_erp_mrp_work_order_owner_id', table_name='erp_mrp_work_order')
    op.drop_index('ix_erp_mrp_work_order_due_on', table_name='erp_mrp_work_order')
    op.drop_index('ix_erp_mrp_work_order_company_id', table_name='erp_mrp_work_order')
    op.drop_table('erp_mrp_work_order')
    op.drop_index('ix_erp_mrp_supply_source_line_id', table_name='erp_mrp_supply')
    op.drop_index('ix_erp_mrp_supply_source_id', table_name='erp_mrp_supply')
    op.drop_index('ix_erp_mrp_supply_product_id', table_name='erp_mrp_supply')
    op.drop_index('ix_erp_mrp_supply_planned_order_id', table_name='erp_mrp_supply')
    op.drop_index('ix_erp_mrp_supply_expected_on', table_name='erp_mrp_supply')
    op.drop_index('ix_erp_mrp_supply_company_id', table_name='erp_mrp_supply')
    op.drop_table('erp_mrp_supply')
    op.drop_index('ix_erp_mrp_bom_line_component_id', table_name='erp_mrp_bom_line')
    op.drop_index('ix_erp_mrp_bom_line_bom_id', table_name='erp_mrp_bom_line')
    op.drop_table('erp_mrp_bom_line')
    op.drop_index('ix_erp_mrp_planned_order_state', table_name='erp_mrp_planned_order')
    op.drop_index('ix_erp_mrp_planned_order_plan_id', table_name='erp_mrp_planned_order')
    op.drop_index('ix_erp_mrp_planned_order_company_id', table_name='erp_mrp_planned_order')
    op.drop_table('erp_mrp_planned_order')
    op.drop_index('ix_erp_mrp_bom_operation_work_centre_id', table_name='erp_mrp_bom_operation')
    op.drop_index('ix_erp_mrp_bom_operation_bom_id', table_name='erp_mrp_bom_operation')
    op.drop_table('erp_mrp_bom_operation')
    op.drop_table('erp_mrp_planning')
    op.drop_index('ix_erp_mrp_demand_source_line_id', table_name='erp_mrp_demand')
    op.drop_index('ix_erp_mrp_demand_source_id', table_name='erp_mrp_demand')
    op.drop_index('ix_erp_mrp_demand_product_id', table_name='erp_mrp_demand')
    op.drop_index('ix_erp_mrp_demand_due_on', table_name='erp_mrp_demand')
    op.drop_index('ix_erp_mrp_demand_company_id', table_name='erp_mrp_demand')
    op.drop_table('erp_mrp_demand')
    op.drop_index('ix_erp_mrp_bom_product_id', table_name='erp_mrp_bom')
    op.drop_index('ix_erp_mrp_bom_company_id', table_name='erp_mrp_bom')
    op.drop_table('erp_mrp_bom')
    op.drop_index('ix_erp_mrp_work_centre_company_id', table_name='erp_mrp_work_centre')
    op.drop_table('erp_mrp_work_centre')
    op.drop_index('ix_erp_mrp_scrap_reason_company_id', table_name='erp_mrp_scrap_reason')
    op.drop_table('erp_mrp_scrap_reason')
    op.drop_index('ux_erp_mrp_plan_number', table_name='erp_mrp_plan')
    op.drop_index('ix_erp_mrp_plan_state', table_name='erp_mrp_plan')
    op.drop_index('ix_erp_mrp_plan_company_id', table_name='erp_mrp_plan')
    op.drop_table('erp_mrp_plan')
