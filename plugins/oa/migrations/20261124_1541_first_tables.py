"""Make the first tables of oa."""

import sqlalchemy as sa
from alembic import op

from kernel import Exact, Id, Instant, Json

revision = "20261124_1541"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('oa_expense_type',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('limit', Exact(), nullable=True),
        sa.Column('needs_invoice', sa.Boolean(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_oa_expense_type_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oa_expense_type'))
    )
    op.create_index('ix_oa_expense_type_company_id', 'oa_expense_type', ['company_id'], unique=False)
    op.create_table('oa_holiday',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('working', sa.Boolean(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_oa_holiday_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oa_holiday'))
    )
    op.create_index('ix_oa_holiday_company_id', 'oa_holiday', ['company_id'], unique=False)
    op.create_index('ix_oa_holiday_day', 'oa_holiday', ['day'], unique=False)
    op.create_table('oa_leave_type',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('counts', sa.String(length=40), nullable=False),
        sa.Column('paid', sa.Boolean(), nullable=False),
        sa.Column('needs_balance', sa.Boolean(), nullable=False),
        sa.Column('half_days', sa.Boolean(), nullable=False),
        sa.Column('days_a_year', Exact(), nullable=False),
        sa.Column('carry_over', Exact(), nullable=False),
        sa.Column('carry_months', sa.Integer(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_oa_leave_type_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oa_leave_type'))
    )
    op.create_index('ix_oa_leave_type_company_id', 'oa_leave_type', ['company_id'], unique=False)
    op.create_table('oa_meeting_room',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('place', sa.String(length=120), nullable=True),
        sa.Column('seats', sa.Integer(), nullable=False),
        sa.Column('equipment', sa.String(length=200), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_oa_meeting_room_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oa_meeting_room'))
    )
    op.create_index('ix_oa_meeting_room_company_id', 'oa_meeting_room', ['company_id'], unique=False)
    op.create_table('oa_booking',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('subject', sa.String(length=200), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('starts_at', Instant(), nullable=False),
        sa.Column('ends_at', Instant(), nullable=False),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('repeats', sa.String(length=40), nullable=True),
        sa.Column('repeats_until', sa.Date(), nullable=True),
        sa.Column('skip_busy', sa.Boolean(), nullable=False),
        sa.Column('room_id', Id, nullable=False),
        sa.Column('organiser_id', Id, nullable=False),
        sa.Column('owner_id', Id, nullable=True),
        sa.Column('series_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_oa_booking_company_id')),
        sa.ForeignKeyConstraint(['organiser_id'], ['kernel_employee.id'], name=op.f('fk_oa_booking_organiser_id')),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_oa_booking_owner_id')),
        sa.ForeignKeyConstraint(['room_id'], ['oa_meeting_room.id'], name=op.f('fk_oa_booking_room_id')),
        sa.ForeignKeyConstraint(['series_id'], ['oa_booking.id'], name=op.f('fk_oa_booking_series_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oa_booking'))
    )
    op.create_index('ix_oa_booking_company_id', 'oa_booking', ['company_id'], unique=False)
    op.create_index('ix_oa_booking_organiser_id', 'oa_booking', ['organiser_id'], unique=False)
    op.create_index('ix_oa_booking_owner_id', 'oa_booking', ['owner_id'], unique=False)
    op.create_index('ix_oa_booking_room_id', 'oa_booking', ['room_id'], unique=False)
    op.create_index('ix_oa_booking_series_id', 'oa_booking', ['series_id'], unique=False)
    op.create_index('ix_oa_booking_state', 'oa_booking', ['state', 'company_id'], unique=False)
    op.create_index('ux_oa_booking_number', 'oa_booking', ['company_id', 'number'], unique=True)
    op.create_table('oa_expense_claim',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('day', sa.Date(), nullable=True),
        sa.Column('purpose', sa.String(length=200), nullable=False),
        sa.Column('total', Exact(), nullable=False),
        sa.Column('tax_amount', Exact(), nullable=False),
        sa.Column('outstanding', Exact(), nullable=False),
        sa.Column('paid_on', sa.Date(), nullable=True),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('revoke_reason', sa.String(length=200), nullable=True),
        sa.Column('employee_id', Id, nullable=False),
        sa.Column('owner_id', Id, nullable=True),
        sa.Column('department_id', Id, nullable=True),
        sa.Column('invoice_entity', sa.String(length=120), nullable=True),
        sa.Column('invoice_id', Id, nullable=True),
        sa.Column('invoice_title', sa.String(length=200), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_oa_expense_claim_company_id')),
        sa.ForeignKeyConstraint(['department_id'], ['kernel_department.id'], name=op.f('fk_oa_expense_claim_department_id')),
        sa.ForeignKeyConstraint(['employee_id'], ['kernel_employee.id'], name=op.f('fk_oa_expense_claim_employee_id')),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_oa_expense_claim_owner_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oa_expense_claim'))
    )
    op.create_index('ix_oa_expense_claim_company_id', 'oa_expense_claim', ['company_id'], unique=False)
    op.create_index('ix_oa_expense_claim_day', 'oa_expense_claim', ['day'], unique=False)
    op.create_index('ix_oa_expense_claim_department_id', 'oa_expense_claim', ['department_id'], unique=False)
    op.create_index('ix_oa_expense_claim_employee_id', 'oa_expense_claim', ['employee_id'], unique=False)
    op.create_index('ix_oa_expense_claim_invoice_id', 'oa_expense_claim', ['invoice_id'], unique=False)
    op.create_index('ix_oa_expense_claim_owner_id', 'oa_expense_claim', ['owner_id'], unique=False)
    op.create_index('ix_oa_expense_claim_state', 'oa_expense_claim', ['state', 'company_id'], unique=False)
    op.create_index('ux_oa_expense_claim_number', 'oa_expense_claim', ['company_id', 'number'], unique=True)
    op.create_table('oa_leave_grant',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('year', sa.Integer(), nullable=True),
        sa.Column('days', Exact(), nullable=False),
        sa.Column('left', Exact(), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('expires_on', sa.Date(), nullable=True),
        sa.Column('comment', sa.String(length=200), nullable=True),
        sa.Column('withdraw_reason', sa.String(length=200), nullable=True),
        sa.Column('employee_id', Id, nullable=False),
        sa.Column('owner_id', Id, nullable=True),
        sa.Column('leave_type_id', Id, nullable=False),
        sa.Column('carried_from_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['carried_from_id'], ['oa_leave_grant.id'], name=op.f('fk_oa_leave_grant_carried_from_id')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_oa_leave_grant_company_id')),
        sa.ForeignKeyConstraint(['employee_id'], ['kernel_employee.id'], name=op.f('fk_oa_leave_grant_employee_id')),
        sa.ForeignKeyConstraint(['leave_type_id'], ['oa_leave_type.id'], name=op.f('fk_oa_leave_grant_leave_type_id')),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_oa_leave_grant_owner_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oa_leave_grant'))
    )
    op.create_index('ix_oa_leave_grant_carried_from_id', 'oa_leave_grant', ['carried_from_id'], unique=False)
    op.create_index('ix_oa_leave_grant_company_id', 'oa_leave_grant', ['company_id'], unique=False)
    op.create_index('ix_oa_leave_grant_employee_id', 'oa_leave_grant', ['employee_id'], unique=False)
    op.create_index('ix_oa_leave_grant_expires_on', 'oa_leave_grant', ['expires_on'], unique=False)
    op.create_index('ix_oa_leave_grant_leave_type_id', 'oa_leave_grant', ['leave_type_id'], unique=False)
    op.create_index('ix_oa_leave_grant_owner_id', 'oa_leave_grant', ['owner_id'], unique=False)
    op.create_index('ix_oa_leave_grant_state', 'oa_leave_grant', ['state', 'company_id'], unique=False)
    op.create_index('ux_oa_leave_grant_employee_leave_type_year', 'oa_leave_grant', ['company_id', 'employee_id', 'leave_type_id', 'year'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_oa_leave_grant_number', 'oa_leave_grant', ['company_id', 'number'], unique=True)
    op.create_table('oa_leave_request',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.Column('from_noon', sa.Boolean(), nullable=False),
        sa.Column('to_noon', sa.Boolean(), nullable=False),
        sa.Column('days', Exact(), nullable=False),
        sa.Column('charged', sa.Boolean(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('revoke_reason', sa.String(length=200), nullable=True),
        sa.Column('employee_id', Id, nullable=False),
        sa.Column('owner_id', Id, nullable=True),
        sa.Column('department_id', Id, nullable=True),
        sa.Column('leave_type_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_oa_leave_request_company_id')),
        sa.ForeignKeyConstraint(['department_id'], ['kernel_department.id'], name=op.f('fk_oa_leave_request_department_id')),
        sa.ForeignKeyConstraint(['employee_id'], ['kernel_employee.id'], name=op.f('fk_oa_leave_request_employee_id')),
        sa.ForeignKeyConstraint(['leave_type_id'], ['oa_leave_type.id'], name=op.f('fk_oa_leave_request_leave_type_id')),
        sa.ForeignKeyConstraint(['owner_id'], ['kernel_user.id'], name=op.f('fk_oa_leave_request_owner_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oa_leave_request'))
    )
    op.create_index('ix_oa_leave_request_company_id', 'oa_leave_request', ['company_id'], unique=False)
    op.create_index('ix_oa_leave_request_department_id', 'oa_leave_request', ['department_id'], unique=False)
    op.create_index('ix_oa_leave_request_employee_id', 'oa_leave_request', ['employee_id'], unique=False)
    op.create_index('ix_oa_leave_request_first_day', 'oa_leave_request', ['first_day'], unique=False)
    op.create_index('ix_oa_leave_request_last_day', 'oa_leave_request', ['last_day'], unique=False)
    op.create_index('ix_oa_leave_request_leave_type_id', 'oa_leave_request', ['leave_type_id'], unique=False)
    op.create_index('ix_oa_leave_request_owner_id', 'oa_leave_request', ['owner_id'], unique=False)
    op.create_index('ix_oa_leave_request_state', 'oa_leave_request', ['state', 'company_id'], unique=False)
    op.create_index('ux_oa_leave_request_number', 'oa_leave_request', ['company_id', 'number'], unique=True)
    op.create_table('oa_attendee',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('booking_id', Id, nullable=False),
        sa.Column('employee_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['booking_id'], ['oa_booking.id'], name=op.f('fk_oa_attendee_booking_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_oa_attendee_company_id')),
        sa.ForeignKeyConstraint(['employee_id'], ['kernel_employee.id'], name=op.f('fk_oa_attendee_employee_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oa_attendee'))
    )
    op.create_index('ix_oa_attendee_booking_id', 'oa_attendee', ['booking_id'], unique=False)
    op.create_index('ix_oa_attendee_employee_id', 'oa_attendee', ['employee_id'], unique=False)
    op.create_table('oa_expense_line',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('spent_on', sa.Date(), nullable=True),
        sa.Column('description', sa.String(length=200), nullable=True),
        sa.Column('amount', Exact(), nullable=False),
        sa.Column('tax_amount', Exact(), nullable=False),
        sa.Column('invoice_number', sa.String(length=60), nullable=True),
        sa.Column('invoice_key', sa.String(length=60), nullable=True),
        sa.Column('claim_id', Id, nullable=False),
        sa.Column('expense_type_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['claim_id'], ['oa_expense_claim.id'], name=op.f('fk_oa_expense_line_claim_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_oa_expense_line_company_id')),
        sa.ForeignKeyConstraint(['expense_type_id'], ['oa_expense_type.id'], name=op.f('fk_oa_expense_line_expense_type_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oa_expense_line'))
    )
    op.create_index('ix_oa_expense_line_claim_id', 'oa_expense_line', ['claim_id'], unique=False)
    op.create_index('ix_oa_expense_line_company_id', 'oa_expense_line', ['company_id'], unique=False)
    op.create_index('ix_oa_expense_line_expense_type_id', 'oa_expense_line', ['expense_type_id'], unique=False)
    op.create_index('ix_oa_expense_line_invoice_key', 'oa_expense_line', ['invoice_key'], unique=False)
    op.create_table('oa_leave_entry',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('days', Exact(), nullable=False),
        sa.Column('grant_id', Id, nullable=False),
        sa.Column('request_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.Column('historical', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_oa_leave_entry_company_id')),
        sa.ForeignKeyConstraint(['grant_id'], ['oa_leave_grant.id'], name=op.f('fk_oa_leave_entry_grant_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['request_id'], ['oa_leave_request.id'], name=op.f('fk_oa_leave_entry_request_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oa_leave_entry'))
    )
    op.create_index('ix_oa_leave_entry_company_id', 'oa_leave_entry', ['company_id'], unique=False)
    op.create_index('ix_oa_leave_entry_grant_id', 'oa_leave_entry', ['grant_id'], unique=False)
    op.create_index('ix_oa_leave_entry_request_id', 'oa_leave_entry', ['request_id'], unique=False)
    op.create_index('ux_oa_expense_type_code', 'oa_expense_type', [sa.text('coalesce(company_id, 0)'), 'code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_oa_holiday_day', 'oa_holiday', [sa.text('coalesce(company_id, 0)'), 'day'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_oa_leave_type_code', 'oa_leave_type', [sa.text('coalesce(company_id, 0)'), 'code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_oa_meeting_room_name', 'oa_meeting_room', [sa.text('coalesce(company_id, 0)'), 'name'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))


def downgrade() -> None:
    op.drop_index('ux_oa_meeting_room_name', table_name='oa_meeting_room')
    op.drop_index('ux_oa_leave_type_code', table_name='oa_leave_type')
    op.drop_index('ux_oa_holiday_day', table_name='oa_holiday')
    op.drop_index('ux_oa_expense_type_code', table_name='oa_expense_type')
    op.drop_index('ix_oa_leave_entry_request_id', table_name='oa_leave_entry')
    op.drop_index('ix_oa_leave_entry_grant_id', table_name='oa_leave_entry')
    op.drop_index('ix_oa_leave_entry_company_id', table_name='oa_leave_entry')
    op.drop_table('oa_leave_entry')
    op.drop_index('ix_oa_expense_line_invoice_key', table_name='oa_expense_line')
    op.drop_index('ix_oa_expense_line_expense_type_id', table_name='oa_expense_line')
    op.drop_index('ix_oa_expense_line_company_id', table_name='oa_expense_line')
    op.drop_index('ix_oa_expense_line_claim_id', table_name='oa_expense_line')
    op.drop_table('oa_expense_line')
    op.drop_index('ix_oa_attendee_employee_id', table_name='oa_attendee')
    op.drop_index('ix_oa_attendee_booking_id', table_name='oa_attendee')
    op.drop_table('oa_attendee')
    op.drop_index('ux_oa_leave_request_number', table_name='oa_leave_request')
    op.drop_index('ix_oa_leave_request_state', table_name='oa_leave_request')
    op.drop_index('ix_oa_leave_request_owner_id', table_name='oa_leave_request')
    op.drop_index('ix_oa_leave_request_leave_type_id', table_name='oa_leave_request')
    op.drop_index('ix_oa_leave_request_last_day', table_name='oa_leave_request')
    op.drop_index('ix_oa_leave_request_first_day', table_name='oa_leave_request')
    op.drop_index('ix_oa_leave_request_employee_id', table_name='oa_leave_request')
    op.drop_index('ix_oa_leave_request_department_id', table_name='oa_leave_request')
    op.drop_index('ix_oa_leave_request_company_id', table_name='oa_leave_request')
    op.drop_table('oa_leave_request')
    op.drop_index('ux_oa_leave_grant_number', table_name='oa_leave_grant')
    op.drop_index('ux_oa_leave_grant_employee_leave_type_year', table_name='oa_leave_grant')
    op.drop_index('ix_oa_leave_grant_state', table_name='oa_leave_grant')
    op.drop_index('ix_oa_leave_grant_owner_id', table_name='oa_leave_grant')
    op.drop_index('ix_oa_leave_grant_leave_type_id', table_name='oa_leave_grant')
    op.drop_index('ix_oa_leave_grant_expires_on', table_name='oa_leave_grant')
    op.drop_index('ix_oa_leave_grant_employee_id', table_name='oa_leave_grant')
    op.drop_index('ix_oa_leave_grant_company_id', table_name='oa_leave_grant')
    op.drop_index('ix_oa_leave_grant_carried_from_id', table_name='oa_leave_grant')
    op.drop_table('oa_leave_grant')
    op.drop_index('ux_oa_expense_claim_number', table_name='oa_expense_claim')
    op.drop_index('ix_oa_expense_claim_state', table_name='oa_expense_claim')
    op.drop_index('ix_oa_expense_claim_owner_id', table_name='oa_expense_claim')
    op.drop_index('ix_oa_expense_claim_invoice_id', table_name='oa_expense_claim')
    op.drop_index('ix_oa_expense_claim_employee_id', table_name='oa_expense_claim')
    op.drop_index('ix_oa_expense_claim_department_id', table_name='oa_expense_claim')
    op.drop_index('ix_oa_expense_claim_day', table_name='oa_expense_claim')
    op.drop_index('ix_oa_expense_claim_company_id', table_name='oa_expense_claim')
    op.drop_table('oa_expense_claim')
    op.drop_index('ux_oa_booking_number', table_name='oa_booking')
    op.drop_index('ix_oa_booking_state', table_name='oa_booking')
    op.drop_index('ix_oa_booking_series_id', table_name='oa_booking')
    op.drop_index('ix_oa_booking_room_id', table_name='oa_booking')
    op.drop_index('ix_oa_booking_owner_id', table_name='oa_booking')
    op.drop_index('ix_oa_booking_organiser_id', table_name='oa_booking')
    op.drop_index('ix_oa_booking_company_id', table_name='oa_booking')
    op.drop_table('oa_booking')
    op.drop_index('ix_oa_meeting_room_company_id', table_name='oa_meeting_room')
    op.drop_table('oa_meeting_room')
    op.drop_index('ix_oa_leave_type_company_id', table_name='oa_leave_type')
    op.drop_table('oa_leave_type')
    op.drop_index('ix_oa_holiday_day', table_name='oa_holiday')
    op.drop_index('ix_oa_holiday_company_id', table_name='oa_holiday')
    op.drop_table('oa_holiday')
    op.drop_index('ix_oa_expense_type_company_id', table_name='oa_expense_type')
    op.drop_table('oa_expense_type')
