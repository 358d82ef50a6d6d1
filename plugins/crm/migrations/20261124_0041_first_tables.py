"""Make the first tables of crm."""

import sqlalchemy as sa
from alembic import op

from kernel import Exact, Id, Instant, Json

revision = "20261124_0041"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('crm_customer',
        sa.Column('row_id', Id, nullable=False),
        sa.Column('level', sa.String(length=40), nullable=True),
        sa.Column('source', sa.String(length=40), nullable=True),
        sa.Column('industry', sa.String(length=80), nullable=True),
        sa.Column('follow_up_on', sa.Date(), nullable=True),
        sa.Column('owner_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_crm_customer_owner_id')),
        sa.ForeignKeyConstraint(['row_id'], ['kernel_party.id'], name=op.f('fk_crm_customer_row_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('row_id', name=op.f('pk_crm_customer'))
    )
    op.create_index('ix_crm_customer_owner_id', 'crm_customer', ['owner_id'], unique=False)
    op.create_table('crm_lead',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('source', sa.String(length=40), nullable=True),
        sa.Column('person', sa.Boolean(), nullable=False),
        sa.Column('contact_name', sa.String(length=120), nullable=True),
        sa.Column('job_title', sa.String(length=120), nullable=True),
        sa.Column('email', sa.String(length=200), nullable=True),
        sa.Column('phone', sa.String(length=40), nullable=True),
        sa.Column('website', sa.String(length=200), nullable=True),
        sa.Column('tax_id', sa.String(length=40), nullable=True),
        sa.Column('need', sa.Text(), nullable=True),
        sa.Column('budget', Exact(), nullable=True),
        sa.Column('follow_up_on', sa.Date(), nullable=True),
        sa.Column('reason', sa.String(length=200), nullable=True),
        sa.Column('with_opportunity', sa.Boolean(), nullable=False),
        sa.Column('converted_at', Instant(), nullable=True),
        sa.Column('owner_id', Id, nullable=True),
        sa.Column('country_id', Id, nullable=True),
        sa.Column('customer_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_crm_lead_company_id')),
        sa.ForeignKeyConstraint(['country_id'], ['kernel_country.id'], name=op.f('fk_crm_lead_country_id')),
        sa.ForeignKeyConstraint(['customer_id'], ['kernel_party.id'], name=op.f('fk_crm_lead_customer_id')),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_crm_lead_owner_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_crm_lead'))
    )
    op.create_index('ix_crm_lead_company_id', 'crm_lead', ['company_id'], unique=False)
    op.create_index('ix_crm_lead_country_id', 'crm_lead', ['country_id'], unique=False)
    op.create_index('ix_crm_lead_customer_id', 'crm_lead', ['customer_id'], unique=False)
    op.create_index('ix_crm_lead_owner_id', 'crm_lead', ['owner_id'], unique=False)
    op.create_index('ix_crm_lead_state', 'crm_lead', ['state', 'company_id'], unique=False)
    op.create_index('ux_crm_lead_number', 'crm_lead', ['company_id', 'number'], unique=True)
    op.create_table('crm_opportunity',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('stage', sa.String(length=40), nullable=False),
        sa.Column('amount', Exact(), nullable=True),
        sa.Column('probability', Exact(), nullable=False),
        sa.Column('weighted', Exact(), nullable=False),
        sa.Column('closes_on', sa.Date(), nullable=True),
        sa.Column('stage_since', sa.Date(), nullable=True),
        sa.Column('source', sa.String(length=40), nullable=True),
        sa.Column('next_step', sa.String(length=200), nullable=True),
        sa.Column('next_step_on', sa.Date(), nullable=True),
        sa.Column('lost_reason', sa.String(length=200), nullable=True),
        sa.Column('description', sa.Text(), nullable=True),
        sa.Column('customer_id', Id, nullable=False),
        sa.Column('contact_id', Id, nullable=True),
        sa.Column('owner_id', Id, nullable=True),
        sa.Column('lead_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_crm_opportunity_company_id')),
        sa.ForeignKeyConstraint(['contact_id'], ['kernel_contact.id'], name=op.f('fk_crm_opportunity_contact_id')),
        sa.ForeignKeyConstraint(['customer_id'], ['kernel_party.id'], name=op.f('fk_crm_opportunity_customer_id')),
        sa.ForeignKeyConstraint(['lead_id'], ['crm_lead.id'], name=op.f('fk_crm_opportunity_lead_id')),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_crm_opportunity_owner_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_crm_opportunity'))
    )
    op.create_index('ix_crm_opportunity_closes_on', 'crm_opportunity', ['closes_on'], unique=False)
    op.create_index('ix_crm_opportunity_company_id', 'crm_opportunity', ['company_id'], unique=False)
    op.create_index('ix_crm_opportunity_contact_id', 'crm_opportunity', ['contact_id'], unique=False)
    op.create_index('ix_crm_opportunity_customer_id', 'crm_opportunity', ['customer_id'], unique=False)
    op.create_index('ix_crm_opportunity_lead_id', 'crm_opportunity', ['lead_id'], unique=False)
    op.create_index('ix_crm_opportunity_owner_id', 'crm_opportunity', ['owner_id'], unique=False)
    op.create_index('ix_crm_opportunity_stage', 'crm_opportunity', ['stage', 'company_id'], unique=False)
    op.create_index('ux_crm_opportunity_number', 'crm_opportunity', ['company_id', 'number'], unique=True)
    op.create_table('crm_opportunity_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('unit_price', Exact(), nullable=True),
        sa.Column('opportunity_id', Id, nullable=False),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_crm_opportunity_line_company_id')),
        sa.ForeignKeyConstraint(['opportunity_id'], ['crm_opportunity.id'], name=op.f('fk_crm_opportunity_line_opportunity_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_crm_opportunity_line_product_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_crm_opportunity_line'))
    )
    op.create_index('ix_crm_opportunity_line_opportunity_id', 'crm_opportunity_line', ['opportunity_id'], unique=False)
    op.create_index('ix_crm_opportunity_line_product_id', 'crm_opportunity_line', ['product_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_crm_opportunity_line_product_id', table_name='crm_opportunity_line')
    op.drop_index('ix_crm_opportunity_line_opportunity_id', table_name='crm_opportunity_line')
    op.drop_table('crm_opportunity_line')
    op.drop_index('ux_crm_opportunity_number', table_name='crm_opportunity')
    op.drop_index('ix_crm_opportunity_stage', table_name='crm_opportunity')
    op.drop_index('ix_crm_opportunity_owner_id', table_name='crm_opportunity')
    op.drop_index('ix_crm_opportunity_lead_id', table_name='crm_opportunity')
    op.drop_index('ix_crm_opportunity_customer_id', table_name='crm_opportunity')
    op.drop_index('ix_crm_opportunity_contact_id', table_name='crm_opportunity')
    op.drop_index('ix_crm_opportunity_company_id', table_name='crm_opportunity')
    op.drop_index('ix_crm_opportunity_closes_on', table_name='crm_opportunity')
    op.drop_table('crm_opportunity')
    op.drop_index('ux_crm_lead_number', table_name='crm_lead')
    op.drop_index('ix_crm_lead_state', table_name='crm_lead')
    op.drop_index('ix_crm_lead_owner_id', table_name='crm_lead')
    op.drop_index('ix_crm_lead_customer_id', table_name='crm_lead')
    op.drop_index('ix_crm_lead_country_id', table_name='crm_lead')
    op.drop_index('ix_crm_lead_company_id', table_name='crm_lead')
    op.drop_table('crm_lead')
    op.drop_index('ix_crm_customer_owner_id', table_name='crm_customer')
    op.drop_table('crm_customer')
