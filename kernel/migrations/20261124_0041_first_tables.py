"""Make the first tables of kernel."""

import sqlalchemy as sa
from alembic import op

from kernel.entities.types import Exact, Id, Instant, Json, Sealed
from kernel.search.schema import drop_full_text, make_full_text

revision = "20261124_0041"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('kernel_audit',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('record_id', Id, nullable=True),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('action', sa.String(length=20), nullable=False),
        sa.Column('user_id', Id, nullable=True),
        sa.Column('plugin', sa.String(length=60), nullable=True),
        sa.Column('event_id', Id, nullable=True),
        sa.Column('request_id', sa.String(length=40), nullable=True),
        sa.Column('changes', Json(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_audit'))
    )
    op.create_index('ix_kernel_audit_event_id', 'kernel_audit', ['event_id'], unique=False)
    op.create_index('ix_kernel_audit_record', 'kernel_audit', ['record_id', 'entity'], unique=False)
    op.create_table('kernel_company',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('address', sa.Text(), nullable=True),
        sa.Column('tax_id', sa.String(length=40), nullable=True),
        sa.Column('phone', sa.String(length=40), nullable=True),
        sa.Column('email', sa.String(length=200), nullable=True),
        sa.Column('website', sa.String(length=200), nullable=True),
        sa.Column('bank', sa.String(length=200), nullable=True),
        sa.Column('currency', sa.String(length=3), nullable=False),
        sa.Column('timezone', sa.String(length=60), nullable=False),
        sa.Column('locale', sa.String(length=40), nullable=False),
        sa.Column('country', sa.String(length=2), nullable=True),
        sa.Column('fiscal_year_starts', sa.String(length=40), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_company_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_company'))
    )
    op.create_index('ux_kernel_company_name', 'kernel_company', ['name'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_event',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('payload', Json(), nullable=False),
        sa.Column('subject_entity', sa.String(length=120), nullable=True),
        sa.Column('subject_id', Id, nullable=True),
        sa.Column('cause_id', Id, nullable=True),
        sa.Column('user_id', Id, nullable=True),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('plugin', sa.String(length=60), nullable=True),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('request_id', sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_event'))
    )
    op.create_index('ix_kernel_event_cause_id', 'kernel_event', ['cause_id'], unique=False)
    op.create_index('ix_kernel_event_subject', 'kernel_event', ['subject_id', 'subject_entity'], unique=False)
    op.create_table('kernel_file_import',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('user_id', Id, nullable=True),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('file_name', sa.String(length=200), nullable=False),
        sa.Column('state', sa.String(length=20), nullable=False),
        sa.Column('content', Json(), nullable=False),
        sa.Column('choices', Json(), nullable=False),
        sa.Column('report', Json(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_file_import'))
    )
    op.create_index('ix_kernel_file_import_at', 'kernel_file_import', ['at'], unique=False)
    op.create_index('ix_kernel_file_import_entity', 'kernel_file_import', ['entity', 'company_id', 'id'], unique=False)
    op.create_table('kernel_generation',
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('value', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_kernel_generation'))
    )
    op.create_table('kernel_id_counter',
        sa.Column('name', sa.String(length=20), nullable=False),
        sa.Column('next', Id, nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_kernel_id_counter'))
    )
    op.create_table('kernel_idempotency',
        sa.Column('user_id', Id, autoincrement=False, nullable=False),
        sa.Column('key', sa.String(length=120), nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('request', sa.String(length=64), nullable=False),
        sa.Column('status', sa.Integer(), nullable=False),
        sa.Column('headers', Json(), nullable=False),
        sa.Column('body', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('user_id', 'key', name=op.f('pk_kernel_idempotency'))
    )
    op.create_index('ix_kernel_idempotency_at', 'kernel_idempotency', ['at'], unique=False)
    op.create_table('kernel_identity_provider',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('label', sa.String(length=80), nullable=False),
        sa.Column('issuer', sa.String(length=300), nullable=False),
        sa.Column('client_id', sa.String(length=200), nullable=False),
        sa.Column('client_secret', Sealed(), nullable=False),
        sa.Column('by_email', sa.Boolean(), nullable=False),
        sa.Column('second_factor', sa.Boolean(), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_identity_provider')),
        sa.UniqueConstraint('name', name=op.f('uq_kernel_identity_provider_name'))
    )
    op.create_table('kernel_import_step',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('source', sa.String(length=120), nullable=False),
        sa.Column('step', sa.String(length=120), nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('fields', Json(), nullable=False),
        sa.Column('imported_at', Instant(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_import_step'))
    )
    op.create_index('ux_kernel_import_step_source_step', 'kernel_import_step', ['source', 'step'], unique=True)
    op.create_table('kernel_job',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('name', sa.String(length=160), nullable=False),
        sa.Column('plugin', sa.String(length=60), nullable=False),
        sa.Column('arguments', Json(), nullable=False),
        sa.Column('user_id', Id, nullable=True),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('system', sa.Boolean(), nullable=False),
        sa.Column('wanted_by', sa.String(length=60), nullable=True),
        sa.Column('cause_id', Id, nullable=True),
        sa.Column('request_id', sa.String(length=40), nullable=True),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('due_at', Instant(), nullable=False),
        sa.Column('error', sa.Text(), nullable=True),
        sa.Column('dead', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_job'))
    )
    op.create_index('ix_kernel_job_due', 'kernel_job', ['dead', 'due_at'], unique=False)
    op.create_table('kernel_known_mapping',
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('header', sa.String(length=64), nullable=False),
        sa.Column('choices', Json(), nullable=False),
        sa.PrimaryKeyConstraint('entity', 'header', name=op.f('pk_kernel_known_mapping')),
    sqlite_with_rowid=False
    )
    op.create_table('kernel_mail_server',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('host', sa.String(length=200), nullable=False),
        sa.Column('port', sa.Integer(), nullable=False),
        sa.Column('tls', sa.String(length=10), nullable=False),
        sa.Column('user', sa.String(length=200), nullable=False),
        sa.Column('password', Sealed(), nullable=False),
        sa.Column('sender', sa.String(length=200), nullable=False),
        sa.Column('base_url', sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_mail_server'))
    )
    op.create_table('kernel_number_counter',
        sa.Column('series', sa.String(length=120), nullable=False),
        sa.Column('company_id', Id, autoincrement=False, nullable=False),
        sa.Column('period', sa.String(length=10), nullable=False),
        sa.Column('next', Id, nullable=False),
        sa.PrimaryKeyConstraint('series', 'company_id', 'period', name=op.f('pk_kernel_number_counter'))
    )
    op.create_table('kernel_plugin',
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('label', sa.String(length=120), nullable=False),
        sa.Column('version', sa.String(length=40), nullable=False),
        sa.Column('package', sa.String(length=200), nullable=False),
        sa.Column('enabled', sa.Boolean(), nullable=False),
        sa.Column('requires', Json(), nullable=False),
        sa.Column('tables', Json(), nullable=False),
        sa.Column('slots', Json(), nullable=False),
        sa.Column('fingerprint', sa.String(length=64), nullable=False),
        sa.Column('installed_at', Instant(), nullable=False),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_kernel_plugin'))
    )
    op.create_table('kernel_refused_address',
        sa.Column('address', sa.String(length=200), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.PrimaryKeyConstraint('address', name=op.f('pk_kernel_refused_address'))
    )
    op.create_table('kernel_schedule',
        sa.Column('name', sa.String(length=160), nullable=False),
        sa.Column('plugin', sa.String(length=60), nullable=False),
        sa.Column('due_at', Instant(), nullable=False),
        sa.Column('ran_at', Instant(), nullable=True),
        sa.Column('took_ms', sa.Integer(), nullable=True),
        sa.Column('failed', sa.Boolean(), nullable=True),
        sa.Column('error', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_kernel_schedule'))
    )
    op.create_table('kernel_search',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('record_id', Id, nullable=False),
        sa.Column('part', sa.Text(), nullable=False),
        sa.Column('words', sa.Text(), nullable=False),
        sa.Column('grams', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_search'))
    )
    op.create_index('ix_kernel_search_record_id', 'kernel_search', ['record_id'], unique=False)
    op.create_table('kernel_search_due',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('first', Id, nullable=False),
        sa.Column('last', Id, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_search_due'))
    )
    op.create_table('kernel_search_state',
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('parts', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('entity', name=op.f('pk_kernel_search_state'))
    )
    op.create_table('kernel_setting',
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('value', Json(), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_kernel_setting'))
    )
    op.create_table('kernel_sign_in_event',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('user_id', Id, nullable=True),
        sa.Column('login', sa.String(length=80), nullable=False),
        sa.Column('what', sa.String(length=30), nullable=False),
        sa.Column('method', sa.String(length=60), nullable=False),
        sa.Column('address', sa.String(length=64), nullable=False),
        sa.Column('agent', sa.String(length=300), nullable=False),
        sa.Column('by_id', Id, nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_sign_in_event'))
    )
    op.create_index('ix_kernel_sign_in_event_at', 'kernel_sign_in_event', ['at'], unique=False)
    op.create_index('ix_kernel_sign_in_event_user_id', 'kernel_sign_in_event', ['user_id'], unique=False)
    op.create_table('kernel_activity_plan',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_activity_plan_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_activity_plan'))
    )
    op.create_index('ux_kernel_activity_plan_name', 'kernel_activity_plan', ['name'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_activity_type',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('icon', sa.String(length=40), nullable=False),
        sa.Column('days', sa.Integer(), nullable=False),
        sa.Column('note', sa.String(length=500), nullable=True),
        sa.Column('then_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_activity_type_company_id')),
        sa.ForeignKeyConstraint(['then_id'], ['kernel_activity_type.id'], name=op.f('fk_kernel_activity_type_then_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_activity_type'))
    )
    op.create_index('ix_kernel_activity_type_then_id', 'kernel_activity_type', ['then_id'], unique=False)
    op.create_index('ux_kernel_activity_type_name', 'kernel_activity_type', ['name'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_approval_definition',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('code', sa.String(length=80), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('plugin', sa.String(length=60), nullable=True),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('transition', sa.String(length=60), nullable=False),
        sa.Column('conditions', Json(), nullable=True),
        sa.Column('nodes', Json(), nullable=False),
        sa.Column('rank', sa.Integer(), nullable=False),
        sa.Column('stage', sa.String(length=40), nullable=False),
        sa.Column('published_at', Instant(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_approval_definition_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_approval_definition'))
    )
    op.create_index('ix_kernel_approval_definition_company_id', 'kernel_approval_definition', ['company_id'], unique=False)
    op.create_table('kernel_company_logo',
        sa.Column('company_id', Id, autoincrement=False, nullable=False),
        sa.Column('kind', sa.String(length=4), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_company_logo_company_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('company_id', name=op.f('pk_kernel_company_logo'))
    )
    op.create_table('kernel_country',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('code', sa.String(length=2), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('calling_code', sa.String(length=5), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_country_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_country'))
    )
    op.create_index('ux_kernel_country_code', 'kernel_country', ['code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_currency',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('code', sa.String(length=3), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('symbol', sa.String(length=8), nullable=True),
        sa.Column('decimals', sa.Integer(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_currency_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_currency'))
    )
    op.create_index('ux_kernel_currency_code', 'kernel_currency', ['code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_custom_field',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('code', sa.String(length=50), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('label', sa.String(length=80), nullable=False),
        sa.Column('label_zh_hant', sa.String(length=80), nullable=True),
        sa.Column('label_zh_hans', sa.String(length=80), nullable=True),
        sa.Column('help', sa.String(length=300), nullable=True),
        sa.Column('help_zh_hant', sa.String(length=300), nullable=True),
        sa.Column('help_zh_hans', sa.String(length=300), nullable=True),
        sa.Column('required', sa.Boolean(), nullable=False),
        sa.Column('unique', sa.Boolean(), nullable=False),
        sa.Column('searchable', sa.Boolean(), nullable=False),
        sa.Column('listed', sa.Boolean(), nullable=False),
        sa.Column('section', sa.String(length=80), nullable=True),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('decimals', sa.Integer(), nullable=False),
        sa.Column('currency', sa.String(length=120), nullable=True),
        sa.Column('default_value', sa.String(length=400), nullable=True),
        sa.Column('options', Json(), nullable=True),
        sa.Column('target', sa.String(length=120), nullable=True),
        sa.Column('fills', Json(), nullable=True),
        sa.Column('formula', sa.Text(), nullable=True),
        sa.Column('result', sa.String(length=40), nullable=True),
        sa.Column('columns', Json(), nullable=True),
        sa.Column('progress', Json(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_custom_field_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_custom_field'))
    )
    op.create_index('ux_kernel_custom_field_entity_code', 'kernel_custom_field', ['entity', 'code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_department',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('group', sa.String(length=120), nullable=True),
        sa.Column('path', sa.String(length=400), nullable=False),
        sa.Column('parent_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_department_company_id')),
        sa.ForeignKeyConstraint(['parent_id'], ['kernel_department.id'], name=op.f('fk_kernel_department_parent_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_department'))
    )
    op.create_index('ix_kernel_department_company_id', 'kernel_department', ['company_id'], unique=False)
    op.create_index('ix_kernel_department_parent_id', 'kernel_department', ['parent_id'], unique=False)
    op.create_index('ix_kernel_department_path', 'kernel_department', ['path'], unique=False)
    op.create_table('kernel_file_part',
        sa.Column('import_id', Id, autoincrement=False, nullable=False),
        sa.Column('part', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('data', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['import_id'], ['kernel_file_import.id'], name=op.f('fk_kernel_file_part_import_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('import_id', 'part', name=op.f('pk_kernel_file_part')),
    sqlite_with_rowid=False
    )
    op.create_table('kernel_holiday',
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
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_holiday_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_holiday'))
    )
    op.create_index('ix_kernel_holiday_company_id', 'kernel_holiday', ['company_id'], unique=False)
    op.create_index('ix_kernel_holiday_day', 'kernel_holiday', ['day'], unique=False)
    op.create_table('kernel_import_key',
        sa.Column('step_id', Id, autoincrement=False, nullable=False),
        sa.Column('key', sa.String(length=400), nullable=False),
        sa.Column('record_id', Id, nullable=False),
        sa.Column('digest', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['step_id'], ['kernel_import_step.id'], name=op.f('fk_kernel_import_key_step_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('step_id', 'key', name=op.f('pk_kernel_import_key')),
    sqlite_with_rowid=False
    )
    op.create_table('kernel_import_progress',
        sa.Column('import_id', Id, autoincrement=False, nullable=False),
        sa.Column('done', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['import_id'], ['kernel_file_import.id'], name=op.f('fk_kernel_import_progress_import_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('import_id', name=op.f('pk_kernel_import_progress'))
    )
    op.create_table('kernel_imported_record',
        sa.Column('import_id', Id, autoincrement=False, nullable=False),
        sa.Column('record_id', Id, autoincrement=False, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('changes', Json(), nullable=True),
        sa.ForeignKeyConstraint(['import_id'], ['kernel_file_import.id'], name=op.f('fk_kernel_imported_record_import_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('import_id', 'record_id', name=op.f('pk_kernel_imported_record')),
    sqlite_with_rowid=False
    )
    op.create_table('kernel_mailbox',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('label', sa.String(length=80), nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('host', sa.String(length=200), nullable=False),
        sa.Column('port', sa.Integer(), nullable=False),
        sa.Column('tls', sa.String(length=10), nullable=False),
        sa.Column('user', sa.String(length=200), nullable=False),
        sa.Column('password', Sealed(), nullable=False),
        sa.Column('folder', sa.String(length=200), nullable=False),
        sa.Column('done_folder', sa.String(length=200), nullable=False),
        sa.Column('address', sa.String(length=200), nullable=False),
        sa.Column('plus', sa.Boolean(), nullable=False),
        sa.Column('most_mb', sa.Integer(), nullable=False),
        sa.Column('paused', sa.Boolean(), nullable=False),
        sa.Column('begun_at', Instant(), nullable=True),
        sa.Column('uid_validity', sa.BigInteger(), nullable=False),
        sa.Column('last_uid', sa.BigInteger(), nullable=False),
        sa.Column('fetched_at', Instant(), nullable=True),
        sa.Column('error', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_mailbox_company_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_mailbox'))
    )
    op.create_index('ix_kernel_mailbox_company_id', 'kernel_mailbox', ['company_id'], unique=False)
    op.create_table('kernel_outbox',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('event_id', Id, nullable=False),
        sa.Column('listener', sa.String(length=160), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('due_at', Instant(), nullable=False),
        sa.Column('error', sa.Text(), nullable=True),
        sa.Column('dead', sa.Boolean(), nullable=False),
        sa.Column('mended', Json(), nullable=True),
        sa.Column('mended_version', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['event_id'], ['kernel_event.id'], name=op.f('fk_kernel_outbox_event_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_outbox')),
        sa.UniqueConstraint('event_id', 'listener', name=op.f('uq_kernel_outbox_event_id_listener'))
    )
    op.create_index('ix_kernel_outbox_due', 'kernel_outbox', ['dead', 'listener', 'due_at'], unique=False)
    op.create_table('kernel_product_category',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('path', sa.String(length=400), nullable=False),
        sa.Column('parent_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_product_category_company_id')),
        sa.ForeignKeyConstraint(['parent_id'], ['kernel_product_category.id'], name=op.f('fk_kernel_product_category_parent_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_product_category'))
    )
    op.create_index('ix_kernel_product_category_company_id', 'kernel_product_category', ['company_id'], unique=False)
    op.create_index('ix_kernel_product_category_parent_id', 'kernel_product_category', ['parent_id'], unique=False)
    op.create_index('ix_kernel_product_category_path', 'kernel_product_category', ['path'], unique=False)
    op.create_table('kernel_role',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('code', sa.String(length=80), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('name_zh_hant', sa.String(length=120), nullable=True),
        sa.Column('name_zh_hans', sa.String(length=120), nullable=True),
        sa.Column('plugin', sa.String(length=60), nullable=True),
        sa.Column('everyone', sa.Boolean(), nullable=False),
        sa.Column('second_factor', sa.Boolean(), nullable=False),
        sa.Column('shipped', Json(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_role_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_role'))
    )
    op.create_index('ux_kernel_role_code', 'kernel_role', ['code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_tag',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('colour', sa.String(length=40), nullable=False),
        sa.Column('entity', sa.String(length=40), nullable=True),
        sa.Column('key', sa.String(length=200), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_tag_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_tag'))
    )
    op.create_index('ux_kernel_tag_key', 'kernel_tag', ['key'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_tax',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('rate', Exact(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_tax_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_tax'))
    )
    op.create_index('ix_kernel_tax_company_id', 'kernel_tax', ['company_id'], unique=False)
    op.create_table('kernel_unit',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('code', sa.String(length=12), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('numerator', sa.Integer(), nullable=False),
        sa.Column('denominator', sa.Integer(), nullable=False),
        sa.Column('decimals', sa.Integer(), nullable=False),
        sa.Column('base_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['base_id'], ['kernel_unit.id'], name=op.f('fk_kernel_unit_base_id')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_unit_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_unit'))
    )
    op.create_index('ix_kernel_unit_base_id', 'kernel_unit', ['base_id'], unique=False)
    op.create_index('ux_kernel_unit_code', 'kernel_unit', ['code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_user',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('login', sa.String(length=80), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('email', sa.String(length=200), nullable=True),
        sa.Column('password_hash', sa.String(length=200), nullable=True),
        sa.Column('locale', sa.String(length=40), nullable=False),
        sa.Column('timezone', sa.String(length=60), nullable=False),
        sa.Column('theme', sa.String(length=40), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('failed_sign_ins', sa.Integer(), nullable=False),
        sa.Column('locked_until', Instant(), nullable=True),
        sa.Column('home_company_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_user_company_id')),
        sa.ForeignKeyConstraint(['home_company_id'], ['kernel_company.id'], name=op.f('fk_kernel_user_home_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_user'))
    )
    op.create_index('ix_kernel_user_home_company_id', 'kernel_user', ['home_company_id'], unique=False)
    op.create_index('ux_kernel_user_login', 'kernel_user', ['login'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_webhook',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('label', sa.String(length=80), nullable=False),
        sa.Column('url', sa.String(length=500), nullable=False),
        sa.Column('secret', Sealed(), nullable=False),
        sa.Column('signals', Json(), nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('paused', sa.Boolean(), nullable=False),
        sa.Column('made_at', Instant(), nullable=False),
        sa.Column('made_by', Id, nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_webhook_company_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_webhook'))
    )
    op.create_index('ix_kernel_webhook_company_id', 'kernel_webhook', ['company_id'], unique=False)
    op.create_table('kernel_working_hours',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('weekday', sa.String(length=40), nullable=False),
        sa.Column('starts', sa.String(length=5), nullable=False),
        sa.Column('ends', sa.String(length=5), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_working_hours_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_working_hours'))
    )
    op.create_index('ix_kernel_working_hours_company_id', 'kernel_working_hours', ['company_id'], unique=False)
    op.create_table('kernel_wrong_row',
        sa.Column('import_id', Id, autoincrement=False, nullable=False),
        sa.Column('line', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('cells', Json(), nullable=False),
        sa.Column('problems', Json(), nullable=False),
        sa.ForeignKeyConstraint(['import_id'], ['kernel_file_import.id'], name=op.f('fk_kernel_wrong_row_import_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('import_id', 'line', name=op.f('pk_kernel_wrong_row')),
    sqlite_with_rowid=False
    )
    op.create_table('kernel_activity_step',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('days', sa.Integer(), nullable=False),
        sa.Column('note', sa.String(length=500), nullable=True),
        sa.Column('whom', sa.String(length=40), nullable=False),
        sa.Column('plan_id', Id, nullable=False),
        sa.Column('kind_id', Id, nullable=False),
        sa.Column('user_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_activity_step_company_id')),
        sa.ForeignKeyConstraint(['kind_id'], ['kernel_activity_type.id'], name=op.f('fk_kernel_activity_step_kind_id')),
        sa.ForeignKeyConstraint(['plan_id'], ['kernel_activity_plan.id'], name=op.f('fk_kernel_activity_step_plan_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_activity_step_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_activity_step'))
    )
    op.create_index('ix_kernel_activity_step_kind_id', 'kernel_activity_step', ['kind_id'], unique=False)
    op.create_index('ix_kernel_activity_step_plan_id', 'kernel_activity_step', ['plan_id'], unique=False)
    op.create_index('ix_kernel_activity_step_user_id', 'kernel_activity_step', ['user_id'], unique=False)
    op.create_table('kernel_api_token',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('user_id', Id, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('label', sa.String(length=80), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('scopes', Json(), nullable=True),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('expires_at', Instant(), nullable=True),
        sa.Column('revoked', sa.Boolean(), nullable=False),
        sa.Column('used_at', Instant(), nullable=True),
        sa.Column('used_from', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_api_token_company_id')),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_api_token_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_api_token')),
        sa.UniqueConstraint('hash', name=op.f('uq_kernel_api_token_hash'))
    )
    op.create_index('ix_kernel_api_token_user_id', 'kernel_api_token', ['user_id'], unique=False)
    op.create_table('kernel_approval_delegation',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('starts_on', sa.Date(), nullable=False),
        sa.Column('ends_on', sa.Date(), nullable=False),
        sa.Column('flows', Json(), nullable=True),
        sa.Column('note', sa.String(length=200), nullable=True),
        sa.Column('principal_id', Id, nullable=False),
        sa.Column('deputy_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_approval_delegation_company_id')),
        sa.ForeignKeyConstraint(['deputy_id'], ['kernel_user.id'], name=op.f('fk_kernel_approval_delegation_deputy_id')),
        sa.ForeignKeyConstraint(['principal_id'], ['kernel_user.id'], name=op.f('fk_kernel_approval_delegation_principal_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_approval_delegation'))
    )
    op.create_index('ix_kernel_approval_delegation_deputy_id', 'kernel_approval_delegation', ['deputy_id'], unique=False)
    op.create_index('ix_kernel_approval_delegation_principal_id', 'kernel_approval_delegation', ['principal_id'], unique=False)
    op.create_table('kernel_approval_run',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('flow', sa.String(length=80), nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('record_id', sa.Integer(), nullable=False),
        sa.Column('record_title', sa.String(length=200), nullable=False),
        sa.Column('transition', sa.String(length=60), nullable=False),
        sa.Column('came_from', sa.String(length=40), nullable=False),
        sa.Column('outcome', sa.String(length=40), nullable=False),
        sa.Column('ended_at', Instant(), nullable=True),
        sa.Column('urged_at', Instant(), nullable=True),
        sa.Column('wakes_at', Instant(), nullable=True),
        sa.Column('nodes', Json(), nullable=False),
        sa.Column('progress', Json(), nullable=False),
        sa.Column('chosen', Json(), nullable=True),
        sa.Column('definition_id', Id, nullable=False),
        sa.Column('initiator_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_approval_run_company_id')),
        sa.ForeignKeyConstraint(['definition_id'], ['kernel_approval_definition.id'], name=op.f('fk_kernel_approval_run_definition_id')),
        sa.ForeignKeyConstraint(['initiator_id'], ['kernel_user.id'], name=op.f('fk_kernel_approval_run_initiator_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_approval_run'))
    )
    op.create_index('ix_kernel_approval_run_company_id', 'kernel_approval_run', ['company_id'], unique=False)
    op.create_index('ix_kernel_approval_run_definition_id', 'kernel_approval_run', ['definition_id'], unique=False)
    op.create_index('ix_kernel_approval_run_initiator_id', 'kernel_approval_run', ['initiator_id'], unique=False)
    op.create_index('ix_kernel_approval_run_record', 'kernel_approval_run', ['record_id', 'entity'], unique=False)
    op.create_index('ix_kernel_approval_run_wakes', 'kernel_approval_run', ['outcome', 'wakes_at'], unique=False)
    op.create_table('kernel_attachment',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('record_id', Id, nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('size', sa.BigInteger(), nullable=False),
        sa.Column('media_type', sa.String(length=120), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('user_id', Id, nullable=True),
        sa.Column('at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_attachment_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_attachment'))
    )
    op.create_index('ix_kernel_attachment_record', 'kernel_attachment', ['record_id', 'entity', 'id'], unique=False)
    op.create_index('ix_kernel_attachment_sha256', 'kernel_attachment', ['sha256'], unique=False)
    op.create_index('ix_kernel_attachment_user_id', 'kernel_attachment', ['user_id'], unique=False)
    op.create_table('kernel_comment',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('record_id', Id, nullable=False),
        sa.Column('user_id', Id, nullable=True),
        sa.Column('by_plugin', sa.String(length=60), nullable=True),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('mentioned', Json(), nullable=False),
        sa.Column('changed_at', Instant(), nullable=True),
        sa.Column('deleted_at', Instant(), nullable=True),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_comment_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_comment'))
    )
    op.create_index('ix_kernel_comment_record', 'kernel_comment', ['record_id', 'entity', 'id'], unique=False)
    op.create_index('ix_kernel_comment_user_id', 'kernel_comment', ['user_id'], unique=False)
    op.create_table('kernel_currency_rate',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('rate', Exact(), nullable=False),
        sa.Column('currency_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_currency_rate_company_id')),
        sa.ForeignKeyConstraint(['currency_id'], ['kernel_currency.id'], name=op.f('fk_kernel_currency_rate_currency_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_currency_rate'))
    )
    op.create_index('ix_kernel_currency_rate_company_id', 'kernel_currency_rate', ['company_id'], unique=False)
    op.create_index('ix_kernel_currency_rate_currency_id', 'kernel_currency_rate', ['currency_id'], unique=False)
    op.create_index('ix_kernel_currency_rate_valid_from', 'kernel_currency_rate', ['valid_from'], unique=False)
    op.create_table('kernel_dashboard_arrangement',
        sa.Column('user_id', Id, autoincrement=False, nullable=False),
        sa.Column('dashboard', sa.String(length=120), nullable=False),
        sa.Column('places', Json(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_dashboard_arrangement_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id', 'dashboard', name=op.f('pk_kernel_dashboard_arrangement')),
    sqlite_with_rowid=False
    )
    op.create_table('kernel_employee',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('job_title', sa.String(length=120), nullable=True),
        sa.Column('heads_department', sa.Boolean(), nullable=False),
        sa.Column('email', sa.String(length=200), nullable=True),
        sa.Column('hired_on', sa.Date(), nullable=True),
        sa.Column('born_on', sa.Date(), nullable=True),
        sa.Column('left_on', sa.Date(), nullable=True),
        sa.Column('department_id', Id, nullable=True),
        sa.Column('manager_id', Id, nullable=True),
        sa.Column('user_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_employee_company_id')),
        sa.ForeignKeyConstraint(['department_id'], ['kernel_department.id'], name=op.f('fk_kernel_employee_department_id')),
        sa.ForeignKeyConstraint(['manager_id'], ['kernel_employee.id'], name=op.f('fk_kernel_employee_manager_id')),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_employee_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_employee'))
    )
    op.create_index('ix_kernel_employee_company_id', 'kernel_employee', ['company_id'], unique=False)
    op.create_index('ix_kernel_employee_department_id', 'kernel_employee', ['department_id'], unique=False)
    op.create_index('ix_kernel_employee_manager_id', 'kernel_employee', ['manager_id'], unique=False)
    op.create_index('ix_kernel_employee_user_id', 'kernel_employee', ['user_id'], unique=False)
    op.create_table('kernel_field_rule',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('field', sa.String(length=80), nullable=False),
        sa.Column('mode', sa.String(length=40), nullable=False),
        sa.Column('role_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_field_rule_company_id')),
        sa.ForeignKeyConstraint(['role_id'], ['kernel_role.id'], name=op.f('fk_kernel_field_rule_role_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_field_rule'))
    )
    op.create_index('ix_kernel_field_rule_role_id', 'kernel_field_rule', ['role_id'], unique=False)
    op.create_table('kernel_first_walk',
        sa.Column('user_id', Id, nullable=False),
        sa.Column('away', sa.Boolean(), nullable=False),
        sa.Column('followed', Json(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_first_walk_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id', name=op.f('pk_kernel_first_walk'))
    )
    op.create_table('kernel_follow_up',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('record_id', Id, nullable=False),
        sa.Column('user_id', Id, nullable=False),
        sa.Column('asked_by_id', Id, nullable=True),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=False),
        sa.Column('note', sa.String(length=500), nullable=False),
        sa.Column('told_at', Instant(), nullable=True),
        sa.Column('done_at', Instant(), nullable=True),
        sa.Column('done_by_id', Id, nullable=True),
        sa.Column('kind_id', Id, nullable=True),
        sa.Column('cancelled', sa.Boolean(), nullable=False),
        sa.Column('result', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['asked_by_id'], ['kernel_user.id'], name=op.f('fk_kernel_follow_up_asked_by_id')),
        sa.ForeignKeyConstraint(['done_by_id'], ['kernel_user.id'], name=op.f('fk_kernel_follow_up_done_by_id')),
        sa.ForeignKeyConstraint(['kind_id'], ['kernel_activity_type.id'], name=op.f('fk_kernel_follow_up_kind_id'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_follow_up_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_follow_up'))
    )
    op.create_index('ix_kernel_follow_up_asked_by_id', 'kernel_follow_up', ['asked_by_id'], unique=False)
    op.create_index('ix_kernel_follow_up_done_by_id', 'kernel_follow_up', ['done_by_id'], unique=False)
    op.create_index('ix_kernel_follow_up_kind_id', 'kernel_follow_up', ['kind_id'], unique=False)
    op.create_index('ix_kernel_follow_up_record', 'kernel_follow_up', ['record_id', 'entity'], unique=False)
    op.create_index('ix_kernel_follow_up_user', 'kernel_follow_up', ['user_id', 'done_at', 'due_on'], unique=False)
    op.create_table('kernel_follower',
        sa.Column('user_id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('record_id', Id, autoincrement=False, nullable=False),
        sa.Column('following', sa.Boolean(), nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_follower_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id', 'entity', 'record_id', name=op.f('pk_kernel_follower')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_kernel_follower_record', 'kernel_follower', ['record_id', 'entity'], unique=False)
    op.create_table('kernel_following_choice',
        sa.Column('user_id', Id, autoincrement=False, nullable=False),
        sa.Column('made', sa.Boolean(), nullable=False),
        sa.Column('owned', sa.Boolean(), nullable=False),
        sa.Column('called', sa.Boolean(), nullable=False),
        sa.Column('commented', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_following_choice_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id', name=op.f('pk_kernel_following_choice'))
    )
    op.create_table('kernel_grant',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('action', sa.String(length=60), nullable=False),
        sa.Column('scope', sa.String(length=40), nullable=False),
        sa.Column('rule', sa.String(length=120), nullable=True),
        sa.Column('role_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_grant_company_id')),
        sa.ForeignKeyConstraint(['role_id'], ['kernel_role.id'], name=op.f('fk_kernel_grant_role_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_grant'))
    )
    op.create_index('ix_kernel_grant_role_id', 'kernel_grant', ['role_id'], unique=False)
    op.create_table('kernel_incoming_mail',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('mailbox_id', Id, nullable=True),
        sa.Column('company_id', Id, nullable=False),
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('message_id', sa.String(length=998), nullable=False),
        sa.Column('thread', Json(), nullable=False),
        sa.Column('sender_name', sa.String(length=200), nullable=False),
        sa.Column('sender', sa.String(length=320), nullable=False),
        sa.Column('subject', sa.String(length=500), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('automatic', sa.Boolean(), nullable=False),
        sa.Column('sent_at', Instant(), nullable=True),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('error', Json(), nullable=True),
        sa.Column('files', Json(), nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=True),
        sa.Column('record_id', Id, nullable=True),
        sa.Column('how', sa.String(length=10), nullable=False),
        sa.Column('filed_at', Instant(), nullable=True),
        sa.Column('filed_by_id', Id, nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_incoming_mail_company_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['filed_by_id'], ['kernel_user.id'], name=op.f('fk_kernel_incoming_mail_filed_by_id')),
        sa.ForeignKeyConstraint(['mailbox_id'], ['kernel_mailbox.id'], name=op.f('fk_kernel_incoming_mail_mailbox_id'), ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_incoming_mail')),
        sa.UniqueConstraint('company_id', 'key', name=op.f('uq_kernel_incoming_mail_company_id_key'))
    )
    op.create_index('ix_kernel_incoming_mail_filed_by_id', 'kernel_incoming_mail', ['filed_by_id'], unique=False)
    op.create_index('ix_kernel_incoming_mail_mailbox_id', 'kernel_incoming_mail', ['mailbox_id'], unique=False)
    op.create_index('ix_kernel_incoming_mail_record', 'kernel_incoming_mail', ['record_id', 'entity', 'id'], unique=False)
    op.create_index('ix_kernel_incoming_mail_state', 'kernel_incoming_mail', ['company_id', 'state', 'id'], unique=False)
    op.create_table('kernel_linked_identity',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('provider_id', Id, nullable=False),
        sa.Column('subject', sa.String(length=255), nullable=False),
        sa.Column('user_id', Id, nullable=False),
        sa.Column('email', sa.String(length=200), nullable=False),
        sa.Column('linked_at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['provider_id'], ['kernel_identity_provider.id'], name=op.f('fk_kernel_linked_identity_provider_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_linked_identity_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_linked_identity')),
        sa.UniqueConstraint('provider_id', 'subject', name='uq_kernel_linked_identity_subject')
    )
    op.create_index('ix_kernel_linked_identity_user_id', 'kernel_linked_identity', ['user_id'], unique=False)
    op.create_table('kernel_mail',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('user_id', Id, nullable=True),
        sa.Column('address', sa.String(length=200), nullable=False),
        sa.Column('sender', sa.String(length=120), nullable=False),
        sa.Column('subject', sa.String(length=300), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('html', sa.Text(), nullable=False),
        sa.Column('headers', Json(), nullable=False),
        sa.Column('attachments', Json(), nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=True),
        sa.Column('record_id', Id, nullable=True),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('error', sa.Text(), nullable=True),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('sent_at', Instant(), nullable=True),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_mail_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_mail'))
    )
    op.create_index('ix_kernel_mail_record', 'kernel_mail', ['record_id', 'entity'], unique=False)
    op.create_index('ix_kernel_mail_state', 'kernel_mail', ['state'], unique=False)
    op.create_index('ix_kernel_mail_user_id', 'kernel_mail', ['user_id'], unique=False)
    op.create_table('kernel_merged_record',
        sa.Column('record_id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('into_id', Id, nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('user_id', Id, nullable=True),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_merged_record_user_id')),
        sa.PrimaryKeyConstraint('record_id', name=op.f('pk_kernel_merged_record')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_kernel_merged_record_into', 'kernel_merged_record', ['into_id', 'entity'], unique=False)
    op.create_index('ix_kernel_merged_record_user_id', 'kernel_merged_record', ['user_id'], unique=False)
    op.create_table('kernel_notification_choice',
        sa.Column('user_id', Id, autoincrement=False, nullable=False),
        sa.Column('kind', sa.String(length=120), nullable=False),
        sa.Column('plugin', sa.String(length=60), nullable=False),
        sa.Column('in_app', sa.Boolean(), nullable=False),
        sa.Column('mail', sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_notification_choice_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id', 'kind', name=op.f('pk_kernel_notification_choice')),
    sqlite_with_rowid=False
    )
    op.create_table('kernel_party',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('tax_id', sa.String(length=40), nullable=True),
        sa.Column('email', sa.String(length=200), nullable=True),
        sa.Column('phone', sa.String(length=40), nullable=True),
        sa.Column('website', sa.String(length=200), nullable=True),
        sa.Column('language', sa.String(length=40), nullable=True),
        sa.Column('is_customer', sa.Boolean(), nullable=False),
        sa.Column('is_supplier', sa.Boolean(), nullable=False),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('name_key', sa.String(length=200), nullable=True),
        sa.Column('tax_key', sa.String(length=40), nullable=True),
        sa.Column('email_key', sa.String(length=200), nullable=True),
        sa.Column('phone_key', sa.String(length=40), nullable=True),
        sa.Column('country_id', Id, nullable=True),
        sa.Column('currency_id', Id, nullable=True),
        sa.Column('parent_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_party_company_id')),
        sa.ForeignKeyConstraint(['country_id'], ['kernel_country.id'], name=op.f('fk_kernel_party_country_id')),
        sa.ForeignKeyConstraint(['currency_id'], ['kernel_currency.id'], name=op.f('fk_kernel_party_currency_id')),
        sa.ForeignKeyConstraint(['parent_id'], ['kernel_party.id'], name=op.f('fk_kernel_party_parent_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_party'))
    )
    op.create_index('ix_kernel_party_company_id', 'kernel_party', ['company_id'], unique=False)
    op.create_index('ix_kernel_party_country_id', 'kernel_party', ['country_id'], unique=False)
    op.create_index('ix_kernel_party_currency_id', 'kernel_party', ['currency_id'], unique=False)
    op.create_index('ix_kernel_party_email_key', 'kernel_party', ['email_key'], unique=False)
    op.create_index('ix_kernel_party_name_key', 'kernel_party', ['name_key'], unique=False)
    op.create_index('ix_kernel_party_parent_id', 'kernel_party', ['parent_id'], unique=False)
    op.create_index('ix_kernel_party_phone_key', 'kernel_party', ['phone_key'], unique=False)
    op.create_table('kernel_password_reset',
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('user_id', Id, nullable=False),
        sa.Column('made_by_id', Id, nullable=True),
        sa.Column('made_at', Instant(), nullable=False),
        sa.Column('expires_at', Instant(), nullable=False),
        sa.Column('used_at', Instant(), nullable=True),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_password_reset_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_kernel_password_reset'))
    )
    op.create_index('ix_kernel_password_reset_user_id', 'kernel_password_reset', ['user_id'], unique=False)
    op.create_table('kernel_product',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('code', sa.String(length=60), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('list_price', Exact(), nullable=False),
        sa.Column('cost', Exact(), nullable=False),
        sa.Column('sellable', sa.Boolean(), nullable=False),
        sa.Column('buyable', sa.Boolean(), nullable=False),
        sa.Column('sold_from', sa.Date(), nullable=True),
        sa.Column('sold_until', sa.Date(), nullable=True),
        sa.Column('barcode', sa.String(length=60), nullable=True),
        sa.Column('colour', sa.String(length=40), nullable=True),
        sa.Column('size', sa.String(length=40), nullable=True),
        sa.Column('weight', Exact(), nullable=True),
        sa.Column('description', sa.Text(), nullable=True),
        sa.Column('category_id', Id, nullable=True),
        sa.Column('unit_id', Id, nullable=False),
        sa.Column('tax_id', Id, nullable=True),
        sa.Column('size_unit_id', Id, nullable=True),
        sa.Column('weight_unit_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['category_id'], ['kernel_product_category.id'], name=op.f('fk_kernel_product_category_id')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_product_company_id')),
        sa.ForeignKeyConstraint(['size_unit_id'], ['kernel_unit.id'], name=op.f('fk_kernel_product_size_unit_id')),
        sa.ForeignKeyConstraint(['tax_id'], ['kernel_tax.id'], name=op.f('fk_kernel_product_tax_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['kernel_unit.id'], name=op.f('fk_kernel_product_unit_id')),
        sa.ForeignKeyConstraint(['weight_unit_id'], ['kernel_unit.id'], name=op.f('fk_kernel_product_weight_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_product'))
    )
    op.create_index('ix_kernel_product_barcode', 'kernel_product', ['barcode'], unique=False)
    op.create_index('ix_kernel_product_category_id', 'kernel_product', ['category_id'], unique=False)
    op.create_index('ix_kernel_product_company_id', 'kernel_product', ['company_id'], unique=False)
    op.create_index('ix_kernel_product_tax_id', 'kernel_product', ['tax_id'], unique=False)
    op.create_index('ix_kernel_product_unit_id', 'kernel_product', ['unit_id'], unique=False)
    op.create_table('kernel_region',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('code', sa.String(length=10), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('country_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_region_company_id')),
        sa.ForeignKeyConstraint(['country_id'], ['kernel_country.id'], name=op.f('fk_kernel_region_country_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_region'))
    )
    op.create_index('ix_kernel_region_country_id', 'kernel_region', ['country_id'], unique=False)
    op.create_index('ux_kernel_region_country_code', 'kernel_region', ['country_id', 'code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_role_member',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('role_id', Id, nullable=False),
        sa.Column('user_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_role_member_company_id')),
        sa.ForeignKeyConstraint(['role_id'], ['kernel_role.id'], name=op.f('fk_kernel_role_member_role_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_role_member_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_role_member'))
    )
    op.create_index('ix_kernel_role_member_role_id', 'kernel_role_member', ['role_id'], unique=False)
    op.create_index('ix_kernel_role_member_user_id', 'kernel_role_member', ['user_id'], unique=False)
    op.create_index('ux_kernel_role_member_role_user', 'kernel_role_member', ['role_id', 'user_id'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_table('kernel_saved_card',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('user_id', Id, nullable=False),
        sa.Column('dashboard', sa.String(length=120), nullable=False),
        sa.Column('label', sa.String(length=80), nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('query', sa.String(length=2000), nullable=False),
        sa.Column('width', sa.Integer(), nullable=False),
        sa.Column('shared', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_saved_card_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_saved_card'))
    )
    op.create_index('ix_kernel_saved_card_dashboard_shared', 'kernel_saved_card', ['dashboard', 'shared'], unique=False)
    op.create_index('ix_kernel_saved_card_user_id', 'kernel_saved_card', ['user_id'], unique=False)
    op.create_table('kernel_saved_view',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('user_id', Id, nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('page', sa.String(length=20), nullable=False),
        sa.Column('shared', sa.Boolean(), nullable=False),
        sa.Column('state', Json(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_saved_view_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_saved_view'))
    )
    op.create_index('ix_kernel_saved_view_user', 'kernel_saved_view', ['user_id'], unique=False)
    op.create_index('ux_kernel_saved_view_name', 'kernel_saved_view', ['entity', 'user_id', 'name'], unique=True)
    op.create_table('kernel_second_factor',
        sa.Column('user_id', Id, autoincrement=False, nullable=False),
        sa.Column('secret', Sealed(), nullable=False),
        sa.Column('confirmed_at', Instant(), nullable=True),
        sa.Column('last_step', sa.Integer(), nullable=False),
        sa.Column('recovery', Json(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_second_factor_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id', name=op.f('pk_kernel_second_factor'))
    )
    op.create_table('kernel_session',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('user_id', Id, nullable=False),
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('method', sa.String(length=60), nullable=False),
        sa.Column('address', sa.String(length=64), nullable=False),
        sa.Column('agent', sa.String(length=300), nullable=False),
        sa.Column('device', sa.String(length=64), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('seen_at', Instant(), nullable=False),
        sa.Column('ended_at', Instant(), nullable=True),
        sa.Column('enrolling', sa.Boolean(), nullable=False),
        sa.Column('seeing_as_id', Id, nullable=True),
        sa.ForeignKeyConstraint(['seeing_as_id'], ['kernel_user.id'], name=op.f('fk_kernel_session_seeing_as_id'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_session_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_session')),
        sa.UniqueConstraint('key', name=op.f('uq_kernel_session_key'))
    )
    op.create_index('ix_kernel_session_user_id', 'kernel_session', ['user_id'], unique=False)
    op.create_table('kernel_share',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('record_id', sa.Integer(), nullable=False),
        sa.Column('mode', sa.String(length=40), nullable=False),
        sa.Column('until', sa.Date(), nullable=True),
        sa.Column('user_id', Id, nullable=True),
        sa.Column('role_id', Id, nullable=True),
        sa.Column('department_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_share_company_id')),
        sa.ForeignKeyConstraint(['department_id'], ['kernel_department.id'], name=op.f('fk_kernel_share_department_id')),
        sa.ForeignKeyConstraint(['role_id'], ['kernel_role.id'], name=op.f('fk_kernel_share_role_id')),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_share_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_share'))
    )
    op.create_index('ix_kernel_share_department_id', 'kernel_share', ['department_id'], unique=False)
    op.create_index('ix_kernel_share_entity', 'kernel_share', ['entity'], unique=False)
    op.create_index('ix_kernel_share_role_id', 'kernel_share', ['role_id'], unique=False)
    op.create_index('ix_kernel_share_user_id', 'kernel_share', ['user_id'], unique=False)
    op.create_table('kernel_star',
        sa.Column('user_id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('record_id', Id, autoincrement=False, nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_star_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id', 'entity', 'record_id', name=op.f('pk_kernel_star')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_kernel_star_record', 'kernel_star', ['record_id', 'entity'], unique=False)
    op.create_table('kernel_tagging',
        sa.Column('record_id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('tag_id', Id, autoincrement=False, nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['tag_id'], ['kernel_tag.id'], name=op.f('fk_kernel_tagging_tag_id')),
        sa.PrimaryKeyConstraint('record_id', 'entity', 'tag_id', name=op.f('pk_kernel_tagging')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_kernel_tagging_tag', 'kernel_tagging', ['tag_id', 'entity', 'record_id'], unique=False)
    op.create_table('kernel_webhook_attempt',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('webhook_id', Id, nullable=False),
        sa.Column('event_id', Id, nullable=False),
        sa.Column('signal', sa.String(length=120), nullable=False),
        sa.Column('attempt', sa.Integer(), nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('took_ms', sa.Integer(), nullable=False),
        sa.Column('code', sa.Integer(), nullable=True),
        sa.Column('excerpt', sa.String(length=500), nullable=False),
        sa.Column('error', sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(['webhook_id'], ['kernel_webhook.id'], name=op.f('fk_kernel_webhook_attempt_webhook_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_webhook_attempt'))
    )
    op.create_index('ix_kernel_webhook_attempt_latest', 'kernel_webhook_attempt', ['webhook_id', 'id'], unique=False)
    op.create_table('kernel_address',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('street', sa.String(length=200), nullable=False),
        sa.Column('street2', sa.String(length=200), nullable=True),
        sa.Column('postal_code', sa.String(length=20), nullable=True),
        sa.Column('city', sa.String(length=80), nullable=True),
        sa.Column('party_id', Id, nullable=False),
        sa.Column('region_id', Id, nullable=True),
        sa.Column('country_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_address_company_id')),
        sa.ForeignKeyConstraint(['country_id'], ['kernel_country.id'], name=op.f('fk_kernel_address_country_id')),
        sa.ForeignKeyConstraint(['party_id'], ['kernel_party.id'], name=op.f('fk_kernel_address_party_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['region_id'], ['kernel_region.id'], name=op.f('fk_kernel_address_region_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_address'))
    )
    op.create_index('ix_kernel_address_country_id', 'kernel_address', ['country_id'], unique=False)
    op.create_index('ix_kernel_address_party_id', 'kernel_address', ['party_id'], unique=False)
    op.create_index('ix_kernel_address_region_id', 'kernel_address', ['region_id'], unique=False)
    op.create_table('kernel_approval_task',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('node', sa.String(length=120), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('label', sa.String(length=120), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('reason', sa.String(length=200), nullable=True),
        sa.Column('because', Json(), nullable=True),
        sa.Column('outcome', sa.String(length=40), nullable=False),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('automatic', sa.Boolean(), nullable=False),
        sa.Column('asked_at', Instant(), nullable=True),
        sa.Column('due_at', Instant(), nullable=True),
        sa.Column('stage', sa.Integer(), nullable=False),
        sa.Column('reminded_at', Instant(), nullable=True),
        sa.Column('decided_at', Instant(), nullable=True),
        sa.Column('dwell', sa.Integer(), nullable=True),
        sa.Column('run_id', Id, nullable=False),
        sa.Column('approver_id', Id, nullable=False),
        sa.Column('decided_by_id', Id, nullable=True),
        sa.Column('asked_by_id', Id, nullable=True),
        sa.Column('before_id', Id, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['approver_id'], ['kernel_user.id'], name=op.f('fk_kernel_approval_task_approver_id')),
        sa.ForeignKeyConstraint(['asked_by_id'], ['kernel_user.id'], name=op.f('fk_kernel_approval_task_asked_by_id')),
        sa.ForeignKeyConstraint(['before_id'], ['kernel_approval_task.id'], name=op.f('fk_kernel_approval_task_before_id')),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_approval_task_company_id')),
        sa.ForeignKeyConstraint(['decided_by_id'], ['kernel_user.id'], name=op.f('fk_kernel_approval_task_decided_by_id')),
        sa.ForeignKeyConstraint(['run_id'], ['kernel_approval_run.id'], name=op.f('fk_kernel_approval_task_run_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_approval_task'))
    )
    op.create_index('ix_kernel_approval_task_approver_id', 'kernel_approval_task', ['approver_id'], unique=False)
    op.create_index('ix_kernel_approval_task_due', 'kernel_approval_task', ['outcome', 'due_at'], unique=False)
    op.create_index('ix_kernel_approval_task_run_id', 'kernel_approval_task', ['run_id'], unique=False)
    op.create_table('kernel_contact',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('job_title', sa.String(length=120), nullable=True),
        sa.Column('email', sa.String(length=200), nullable=True),
        sa.Column('phone', sa.String(length=40), nullable=True),
        sa.Column('decides', sa.Boolean(), nullable=False),
        sa.Column('party_id', Id, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('archived', sa.Boolean(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('created_by_id', Id, nullable=True),
        sa.Column('changed_at', Instant(), nullable=False),
        sa.Column('changed_by_id', Id, nullable=True),
        sa.Column('custom', Json(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['kernel_company.id'], name=op.f('fk_kernel_contact_company_id')),
        sa.ForeignKeyConstraint(['party_id'], ['kernel_party.id'], name=op.f('fk_kernel_contact_party_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_contact'))
    )
    op.create_index('ix_kernel_contact_party_id', 'kernel_contact', ['party_id'], unique=False)
    op.create_table('kernel_mention',
        sa.Column('comment_id', Id, autoincrement=False, nullable=False),
        sa.Column('user_id', Id, autoincrement=False, nullable=False),
        sa.Column('seen_at', Instant(), nullable=True),
        sa.ForeignKeyConstraint(['comment_id'], ['kernel_comment.id'], name=op.f('fk_kernel_mention_comment_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_mention_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('comment_id', 'user_id', name=op.f('pk_kernel_mention')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_kernel_mention_user', 'kernel_mention', ['user_id', 'seen_at'], unique=False)
    op.create_table('kernel_notification',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('user_id', Id, nullable=False),
        sa.Column('kind', sa.String(length=120), nullable=False),
        sa.Column('plugin', sa.String(length=60), nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=True),
        sa.Column('record_id', Id, nullable=True),
        sa.Column('comment_id', Id, nullable=True),
        sa.Column('by_id', Id, nullable=True),
        sa.Column('company_id', Id, nullable=True),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('facts', Json(), nullable=False),
        sa.Column('in_app', sa.Boolean(), nullable=False),
        sa.Column('mail', sa.String(length=10), nullable=False),
        sa.Column('seen_at', Instant(), nullable=True),
        sa.Column('mailed_at', Instant(), nullable=True),
        sa.ForeignKeyConstraint(['by_id'], ['kernel_user.id'], name=op.f('fk_kernel_notification_by_id')),
        sa.ForeignKeyConstraint(['comment_id'], ['kernel_comment.id'], name=op.f('fk_kernel_notification_comment_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_notification_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_notification'))
    )
    op.create_index('ix_kernel_notification_by_id', 'kernel_notification', ['by_id'], unique=False)
    op.create_index('ix_kernel_notification_comment_id', 'kernel_notification', ['comment_id'], unique=False)
    op.create_index('ix_kernel_notification_mail', 'kernel_notification', ['mail', 'mailed_at'], unique=False)
    op.create_index('ix_kernel_notification_record', 'kernel_notification', ['record_id', 'entity'], unique=False)
    op.create_index('ix_kernel_notification_user', 'kernel_notification', ['user_id', 'in_app', 'seen_at', 'id'], unique=False)
    op.create_table('kernel_saved_view_default',
        sa.Column('user_id', Id, autoincrement=False, nullable=False),
        sa.Column('entity', sa.String(length=120), nullable=False),
        sa.Column('view_id', Id, nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_saved_view_default_user_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['view_id'], ['kernel_saved_view.id'], name=op.f('fk_kernel_saved_view_default_view_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id', 'entity', name=op.f('pk_kernel_saved_view_default'))
    )
    op.create_index('ix_kernel_saved_view_default_view', 'kernel_saved_view_default', ['view_id'], unique=False)
    op.create_table('kernel_scan',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('user_id', Id, nullable=False),
        sa.Column('key', sa.String(length=40), nullable=False),
        sa.Column('record_id', Id, nullable=False),
        sa.Column('line_id', Id, nullable=True),
        sa.Column('product_id', Id, nullable=False),
        sa.Column('lot', sa.String(length=60), nullable=False),
        sa.Column('serial', sa.String(length=60), nullable=False),
        sa.Column('expires_on', sa.Date(), nullable=True),
        sa.Column('quantity', Exact(), nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['product_id'], ['kernel_product.id'], name=op.f('fk_kernel_scan_product_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['user_id'], ['kernel_user.id'], name=op.f('fk_kernel_scan_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kernel_scan'))
    )
    op.create_index('ix_kernel_scan_at', 'kernel_scan', ['at'], unique=False)
    op.create_index('ix_kernel_scan_product_id', 'kernel_scan', ['product_id'], unique=False)
    op.create_index('ix_kernel_scan_record', 'kernel_scan', ['record_id', 'id'], unique=False)
    op.create_index('ux_kernel_scan_key', 'kernel_scan', ['user_id', 'key'], unique=True)
    op.create_index('ux_kernel_approval_definition_code_revision', 'kernel_approval_definition', [sa.text('coalesce(company_id, 0)'), 'code', 'revision'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_kernel_currency_rate_currency_valid_from', 'kernel_currency_rate', [sa.text('coalesce(company_id, 0)'), 'currency_id', 'valid_from'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_kernel_department_name_parent', 'kernel_department', [sa.text('coalesce(company_id, 0)'), 'name', 'parent_id'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_kernel_employee_number', 'kernel_employee', [sa.text('coalesce(company_id, 0)'), 'number'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_kernel_employee_user', 'kernel_employee', [sa.text('coalesce(company_id, 0)'), 'user_id'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_kernel_holiday_day', 'kernel_holiday', [sa.text('coalesce(company_id, 0)'), 'day'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_kernel_party_number', 'kernel_party', [sa.text('coalesce(company_id, 0)'), 'number'], unique=True)
    op.create_index('ux_kernel_party_tax_key', 'kernel_party', [sa.text('coalesce(company_id, 0)'), 'tax_key'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_kernel_product_code', 'kernel_product', [sa.text('coalesce(company_id, 0)'), 'code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ux_kernel_product_category_name_parent', 'kernel_product_category', [sa.text('coalesce(company_id, 0)'), 'name', 'parent_id'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    op.create_index('ix_kernel_search_grams', 'kernel_search', [sa.text('CAST(grams AS tsvector)')], unique=False, postgresql_using='gin', sqlite_where=sa.text('grams IS NULL'))
    op.create_index('ux_kernel_tax_code', 'kernel_tax', [sa.text('coalesce(company_id, 0)'), 'code'], unique=True, sqlite_where=sa.text('archived IS 0'), postgresql_where=sa.text('archived IS false'))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE kernel_id_seq AS BIGINT INCREMENT BY 1000 START WITH 1")
    op.execute("INSERT INTO kernel_id_counter (name, next) VALUES ('id', 1)")
    make_full_text(op.get_bind())


def downgrade() -> None:
    drop_full_text(op.get_bind())
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE kernel_id_seq")
    op.drop_index('ux_kernel_tax_code', table_name='kernel_tax')
    op.drop_index('ix_kernel_search_grams', table_name='kernel_search')
    op.drop_index('ux_kernel_product_category_name_parent', table_name='kernel_product_category')
    op.drop_index('ux_kernel_product_code', table_name='kernel_product')
    op.drop_index('ux_kernel_party_tax_key', table_name='kernel_party')
    op.drop_index('ux_kernel_party_number', table_name='kernel_party')
    op.drop_index('ux_kernel_holiday_day', table_name='kernel_holiday')
    op.drop_index('ux_kernel_employee_user', table_name='kernel_employee')
    op.drop_index('ux_kernel_employee_number', table_name='kernel_employee')
    op.drop_index('ux_kernel_department_name_parent', table_name='kernel_department')
    op.drop_index('ux_kernel_currency_rate_currency_valid_from', table_name='kernel_currency_rate')
    op.drop_index('ux_kernel_approval_definition_code_revision', table_name='kernel_approval_definition')
    op.drop_index('ux_kernel_scan_key', table_name='kernel_scan')
    op.drop_index('ix_kernel_scan_record', table_name='kernel_scan')
    op.drop_index('ix_kernel_scan_product_id', table_name='kernel_scan')
    op.drop_index('ix_kernel_scan_at', table_name='kernel_scan')
    op.drop_table('kernel_scan')
    op.drop_index('ix_kernel_saved_view_default_view', table_name='kernel_saved_view_default')
    op.drop_table('kernel_saved_view_default')
    op.drop_index('ix_kernel_notification_user', table_name='kernel_notification')
    op.drop_index('ix_kernel_notification_record', table_name='kernel_notification')
    op.drop_index('ix_kernel_notification_mail', table_name='kernel_notification')
    op.drop_index('ix_kernel_notification_comment_id', table_name='kernel_notification')
    op.drop_index('ix_kernel_notification_by_id', table_name='kernel_notification')
    op.drop_table('kernel_notification')
    op.drop_index('ix_kernel_mention_user', table_name='kernel_mention')
    op.drop_table('kernel_mention')
    op.drop_index('ix_kernel_contact_party_id', table_name='kernel_contact')
    op.drop_table('kernel_contact')
    op.drop_index('ix_kernel_approval_task_run_id', table_name='kernel_approval_task')
    op.drop_index('ix_kernel_approval_task_due', table_name='kernel_approval_task')
    op.drop_index('ix_kernel_approval_task_approver_id', table_name='kernel_approval_task')
    op.drop_table('kernel_approval_task')
    op.drop_index('ix_kernel_address_region_id', table_name='kernel_address')
    op.drop_index('ix_kernel_address_party_id', table_name='kernel_address')
    op.drop_index('ix_kernel_address_country_id', table_name='kernel_address')
    op.drop_table('kernel_address')
    op.drop_index('ix_kernel_webhook_attempt_latest', table_name='kernel_webhook_attempt')
    op.drop_table('kernel_webhook_attempt')
    op.drop_index('ix_kernel_tagging_tag', table_name='kernel_tagging')
    op.drop_table('kernel_tagging')
    op.drop_index('ix_kernel_star_record', table_name='kernel_star')
    op.drop_table('kernel_star')
    op.drop_index('ix_kernel_share_user_id', table_name='kernel_share')
    op.drop_index('ix_kernel_share_role_id', table_name='kernel_share')
    op.drop_index('ix_kernel_share_entity', table_name='kernel_share')
    op.drop_index('ix_kernel_share_department_id', table_name='kernel_share')
    op.drop_table('kernel_share')
    op.drop_index('ix_kernel_session_user_id', table_name='kernel_session')
    op.drop_table('kernel_session')
    op.drop_table('kernel_second_factor')
    op.drop_index('ux_kernel_saved_view_name', table_name='kernel_saved_view')
    op.drop_index('ix_kernel_saved_view_user', table_name='kernel_saved_view')
    op.drop_table('kernel_saved_view')
    op.drop_index('ix_kernel_saved_card_user_id', table_name='kernel_saved_card')
    op.drop_index('ix_kernel_saved_card_dashboard_shared', table_name='kernel_saved_card')
    op.drop_table('kernel_saved_card')
    op.drop_index('ux_kernel_role_member_role_user', table_name='kernel_role_member')
    op.drop_index('ix_kernel_role_member_user_id', table_name='kernel_role_member')
    op.drop_index('ix_kernel_role_member_role_id', table_name='kernel_role_member')
    op.drop_table('kernel_role_member')
    op.drop_index('ux_kernel_region_country_code', table_name='kernel_region')
    op.drop_index('ix_kernel_region_country_id', table_name='kernel_region')
    op.drop_table('kernel_region')
    op.drop_index('ix_kernel_product_unit_id', table_name='kernel_product')
    op.drop_index('ix_kernel_product_tax_id', table_name='kernel_product')
    op.drop_index('ix_kernel_product_company_id', table_name='kernel_product')
    op.drop_index('ix_kernel_product_category_id', table_name='kernel_product')
    op.drop_index('ix_kernel_product_barcode', table_name='kernel_product')
    op.drop_table('kernel_product')
    op.drop_index('ix_kernel_password_reset_user_id', table_name='kernel_password_reset')
    op.drop_table('kernel_password_reset')
    op.drop_index('ix_kernel_party_phone_key', table_name='kernel_party')
    op.drop_index('ix_kernel_party_parent_id', table_name='kernel_party')
    op.drop_index('ix_kernel_party_name_key', table_name='kernel_party')
    op.drop_index('ix_kernel_party_email_key', table_name='kernel_party')
    op.drop_index('ix_kernel_party_currency_id', table_name='kernel_party')
    op.drop_index('ix_kernel_party_country_id', table_name='kernel_party')
    op.drop_index('ix_kernel_party_company_id', table_name='kernel_party')
    op.drop_table('kernel_party')
    op.drop_table('kernel_notification_choice')
    op.drop_index('ix_kernel_merged_record_user_id', table_name='kernel_merged_record')
    op.drop_index('ix_kernel_merged_record_into', table_name='kernel_merged_record')
    op.drop_table('kernel_merged_record')
    op.drop_index('ix_kernel_mail_user_id', table_name='kernel_mail')
    op.drop_index('ix_kernel_mail_state', table_name='kernel_mail')
    op.drop_index('ix_kernel_mail_record', table_name='kernel_mail')
    op.drop_table('kernel_mail')
    op.drop_index('ix_kernel_linked_identity_user_id', table_name='kernel_linked_identity')
    op.drop_table('kernel_linked_identity')
    op.drop_index('ix_kernel_incoming_mail_state', table_name='kernel_incoming_mail')
    op.drop_index('ix_kernel_incoming_mail_record', table_name='kernel_incoming_mail')
    op.drop_index('ix_kernel_incoming_mail_mailbox_id', table_name='kernel_incoming_mail')
    op.drop_index('ix_kernel_incoming_mail_filed_by_id', table_name='kernel_incoming_mail')
    op.drop_table('kernel_incoming_mail')
    op.drop_index('ix_kernel_grant_role_id', table_name='kernel_grant')
    op.drop_table('kernel_grant')
    op.drop_table('kernel_following_choice')
    op.drop_index('ix_kernel_follower_record', table_name='kernel_follower')
    op.drop_table('kernel_follower')
    op.drop_index('ix_kernel_follow_up_user', table_name='kernel_follow_up')
    op.drop_index('ix_kernel_follow_up_record', table_name='kernel_follow_up')
    op.drop_index('ix_kernel_follow_up_kind_id', table_name='kernel_follow_up')
    op.drop_index('ix_kernel_follow_up_done_by_id', table_name='kernel_follow_up')
    op.drop_index('ix_kernel_follow_up_asked_by_id', table_name='kernel_follow_up')
    op.drop_table('kernel_follow_up')
    op.drop_table('kernel_first_walk')
    op.drop_index('ix_kernel_field_rule_role_id', table_name='kernel_field_rule')
    op.drop_table('kernel_field_rule')
    op.drop_index('ix_kernel_employee_user_id', table_name='kernel_employee')
    op.drop_index('ix_kernel_employee_manager_id', table_name='kernel_employee')
    op.drop_index('ix_kernel_employee_department_id', table_name='kernel_employee')
    op.drop_index('ix_kernel_employee_company_id', table_name='kernel_employee')
    op.drop_table('kernel_employee')
    op.drop_table('kernel_dashboard_arrangement')
    op.drop_index('ix_kernel_currency_rate_valid_from', table_name='kernel_currency_rate')
    op.drop_index('ix_kernel_currency_rate_currency_id', table_name='kernel_currency_rate')
    op.drop_index('ix_kernel_currency_rate_company_id', table_name='kernel_currency_rate')
    op.drop_table('kernel_currency_rate')
    op.drop_index('ix_kernel_comment_user_id', table_name='kernel_comment')
    op.drop_index('ix_kernel_comment_record', table_name='kernel_comment')
    op.drop_table('kernel_comment')
    op.drop_index('ix_kernel_attachment_user_id', table_name='kernel_attachment')
    op.drop_index('ix_kernel_attachment_sha256', table_name='kernel_attachment')
    op.drop_index('ix_kernel_attachment_record', table_name='kernel_attachment')
    op.drop_table('kernel_attachment')
    op.drop_index('ix_kernel_approval_run_wakes', table_name='kernel_approval_run')
    op.drop_index('ix_kernel_approval_run_record', table_name='kernel_approval_run')
    op.drop_index('ix_kernel_approval_run_initiator_id', table_name='kernel_approval_run')
    op.drop_index('ix_kernel_approval_run_definition_id', table_name='kernel_approval_run')
    op.drop_index('ix_kernel_approval_run_company_id', table_name='kernel_approval_run')
    op.drop_table('kernel_approval_run')
    op.drop_index('ix_kernel_approval_delegation_principal_id', table_name='kernel_approval_delegation')
    op.drop_index('ix_kernel_approval_delegation_deputy_id', table_name='kernel_approval_delegation')
    op.drop_table('kernel_approval_delegation')
    op.drop_index('ix_kernel_api_token_user_id', table_name='kernel_api_token')
    op.drop_table('kernel_api_token')
    op.drop_index('ix_kernel_activity_step_user_id', table_name='kernel_activity_step')
    op.drop_index('ix_kernel_activity_step_plan_id', table_name='kernel_activity_step')
    op.drop_index('ix_kernel_activity_step_kind_id', table_name='kernel_activity_step')
    op.drop_table('kernel_activity_step')
    op.drop_table('kernel_wrong_row')
    op.drop_index('ix_kernel_working_hours_company_id', table_name='kernel_working_hours')
    op.drop_table('kernel_working_hours')
    op.drop_index('ix_kernel_webhook_company_id', table_name='kernel_webhook')
    op.drop_table('kernel_webhook')
    op.drop_index('ux_kernel_user_login', table_name='kernel_user')
    op.drop_index('ix_kernel_user_home_company_id', table_name='kernel_user')
    op.drop_table('kernel_user')
    op.drop_index('ux_kernel_unit_code', table_name='kernel_unit')
    op.drop_index('ix_kernel_unit_base_id', table_name='kernel_unit')
    op.drop_table('kernel_unit')
    op.drop_index('ix_kernel_tax_company_id', table_name='kernel_tax')
    op.drop_table('kernel_tax')
    op.drop_index('ux_kernel_tag_key', table_name='kernel_tag')
    op.drop_table('kernel_tag')
    op.drop_index('ux_kernel_role_code', table_name='kernel_role')
    op.drop_table('kernel_role')
    op.drop_index('ix_kernel_product_category_path', table_name='kernel_product_category')
    op.drop_index('ix_kernel_product_category_parent_id', table_name='kernel_product_category')
    op.drop_index('ix_kernel_product_category_company_id', table_name='kernel_product_category')
    op.drop_table('kernel_product_category')
    op.drop_index('ix_kernel_outbox_due', table_name='kernel_outbox')
    op.drop_table('kernel_outbox')
    op.drop_index('ix_kernel_mailbox_company_id', table_name='kernel_mailbox')
    op.drop_table('kernel_mailbox')
    op.drop_table('kernel_imported_record')
    op.drop_table('kernel_import_progress')
    op.drop_table('kernel_import_key')
    op.drop_index('ix_kernel_holiday_day', table_name='kernel_holiday')
    op.drop_index('ix_kernel_holiday_company_id', table_name='kernel_holiday')
    op.drop_table('kernel_holiday')
    op.drop_table('kernel_file_part')
    op.drop_index('ix_kernel_department_path', table_name='kernel_department')
    op.drop_index('ix_kernel_department_parent_id', table_name='kernel_department')
    op.drop_index('ix_kernel_department_company_id', table_name='kernel_department')
    op.drop_table('kernel_department')
    op.drop_index('ux_kernel_custom_field_entity_code', table_name='kernel_custom_field')
    op.drop_table('kernel_custom_field')
    op.drop_index('ux_kernel_currency_code', table_name='kernel_currency')
    op.drop_table('kernel_currency')
    op.drop_index('ux_kernel_country_code', table_name='kernel_country')
    op.drop_table('kernel_country')
    op.drop_table('kernel_company_logo')
    op.drop_index('ix_kernel_approval_definition_company_id', table_name='kernel_approval_definition')
    op.drop_table('kernel_approval_definition')
    op.drop_index('ux_kernel_activity_type_name', table_name='kernel_activity_type')
    op.drop_index('ix_kernel_activity_type_then_id', table_name='kernel_activity_type')
    op.drop_table('kernel_activity_type')
    op.drop_index('ux_kernel_activity_plan_name', table_name='kernel_activity_plan')
    op.drop_table('kernel_activity_plan')
    op.drop_index('ix_kernel_sign_in_event_user_id', table_name='kernel_sign_in_event')
    op.drop_index('ix_kernel_sign_in_event_at', table_name='kernel_sign_in_event')
    op.drop_table('kernel_sign_in_event')
    op.drop_table('kernel_setting')
    op.drop_table('kernel_search_state')
    op.drop_table('kernel_search_due')
    op.drop_index('ix_kernel_search_record_id', table_name='kernel_search')
    op.drop_table('kernel_search')
    op.drop_table('kernel_schedule')
    op.drop_table('kernel_refused_address')
    op.drop_table('kernel_plugin')
    op.drop_table('kernel_number_counter')
    op.drop_table('kernel_mail_server')
    op.drop_table('kernel_known_mapping')
    op.drop_index('ix_kernel_job_due', table_name='kernel_job')
    op.drop_table('kernel_job')
    op.drop_index('ux_kernel_import_step_source_step', table_name='kernel_import_step')
    op.drop_table('kernel_import_step')
    op.drop_table('kernel_identity_provider')
    op.drop_index('ix_kernel_idempotency_at', table_name='kernel_idempotency')
    op.drop_table('kernel_idempotency')
    op.drop_table('kernel_id_counter')
    op.drop_table('kernel_generation')
    op.drop_index('ix_kernel_file_import_entity', table_name='kernel_file_import')
    op.drop_index('ix_kernel_file_import_at', table_name='kernel_file_import')
    op.drop_table('kernel_file_import')
    op.drop_index('ix_kernel_event_subject', table_name='kernel_event')
    op.drop_index('ix_kernel_event_cause_id', table_name='kernel_event')
    op.drop_table('kernel_event')
    op.drop_index('ux_kernel_company_name', table_name='kernel_company')
    op.drop_table('kernel_company')
    op.drop_index('ix_kernel_audit_record', table_name='kernel_audit')
    op.drop_index('ix_kernel_audit_event_id', table_name='kernel_audit')
    op.drop_table('kernel_audit')
