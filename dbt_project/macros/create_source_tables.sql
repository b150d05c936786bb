{#- The tables that Python writes and dbt reads. dbt owns their definition; they are created empty
    before every run, so a build of an empty database succeeds. -#}
{% macro create_source_tables() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {% for statement in source_table_statements() %}
        {% do run_query(statement) %}
    {% endfor %}
{% endmacro %}


{% macro source_table_statements() %}
    {% set statements = ['create schema if not exists raw', 'create schema if not exists ' ~ ml_schema()] %}
    {% for table, definition in source_tables().items() %}
        {% do statements.append('create table if not exists ' ~ table ~ ' (' ~ definition ~ ')') %}
    {% endfor %}
    {% do return(statements + source_table_indexes()) %}
{% endmacro %}


{% macro source_tables() %}
    {% set ml = ml_schema() %}
    {% set forecast %}
        ticker varchar not null, dt date not null, horizon integer not null,
        yhat double precision not null, yhat_std double precision, prob_up double precision,
        yhat_lo double precision, yhat_hi double precision, level double precision
    {% endset %}
    {% do return({
        'raw.prices': '
            ticker varchar not null, dt date not null, loaded_at timestamp not null,
            open double precision, high double precision, low double precision,
            close double precision, volume double precision, vwap double precision,
            dividend double precision, split_ratio double precision, adj_close double precision'
            ~ bulk_primary_key(['ticker', 'dt', 'loaded_at']),
        'raw.universe': '
            ticker varchar not null, start_dt date not null, end_dt date,
            primary key (ticker, start_dt)',
        'raw.securities': '
            ticker varchar not null primary key, name varchar, sector varchar',
        ml ~ '.runs': '
            run_id varchar not null primary key, kind varchar not null, status varchar not null,
            started_at timestamp not null, finished_at timestamp, target varchar,
            git_sha varchar, config varchar, feature_hash varchar, data_fingerprint varchar,
            data_cutoff date, metrics varchar, packages varchar, dbt_invocation_id varchar',
        ml ~ '.models': '
            model_id varchar not null primary key, run_id varchar not null,
            learner varchar not null, horizon integer not null, target varchar not null,
            features varchar not null, params varchar not null, uncertainty varchar not null,
            model varchar not null, sha256 varchar not null, alias varchar,
            created_at timestamp not null',
        ml ~ '.alias_log': '
            change_no integer not null, model_id varchar not null, horizon integer not null,
            alias varchar, action varchar not null, reason varchar, changed_by varchar,
            changed_at timestamp not null, primary key (change_no, model_id)',
        ml ~ '.cv_folds': '
            run_id varchar not null, horizon integer not null, fold integer not null,
            role varchar not null, dt_from date not null, dt_to date not null,
            n_dates integer not null, n_rows bigint not null,
            primary key (run_id, horizon, fold, role)',
        ml ~ '.cv_preds': '
            run_id varchar not null, fold integer not null,' ~ forecast ~ ', label double precision'
            ~ bulk_primary_key(['run_id', 'ticker', 'dt', 'horizon']),
        ml ~ '.cv_metrics': '
            run_id varchar not null, horizon integer not null, fold integer not null,
            metric varchar not null, value double precision,
            primary key (run_id, horizon, fold, metric)',
        ml ~ '.trial_days': '
            run_id varchar not null, horizon integer not null, dt date not null,
            ic double precision, rank_ic double precision, spread double precision,
            primary key (run_id, horizon, dt)',
        ml ~ '.feature_importance': '
            run_id varchar not null, horizon integer not null, fold integer not null,
            feature varchar not null, gain double precision, splits bigint,
            primary key (run_id, horizon, fold, feature)',
        ml ~ '.feature_selections': '
            name varchar not null, feature varchar not null, run_id varchar not null,
            cluster_no integer not null, gain double precision, null_gain double precision,
            importance double precision, n_folds_positive integer not null,
            n_folds integer not null, kept boolean not null, known_to date not null,
            created_at timestamp not null, primary key (name, feature)',
        ml ~ '.preds': forecast ~ ', model_id varchar not null, run_id varchar not null,
            known_at timestamp, created_at timestamp not null, primary key (ticker, dt, horizon)',
        ml ~ '.preds_log': forecast ~ ', model_id varchar not null, run_id varchar not null,
            known_at timestamp, created_at timestamp not null,
            primary key (model_id, ticker, dt, horizon)',
        ml ~ '.explanations': '
            model_id varchar not null, ticker varchar not null, dt date not null,
            horizon integer not null, feature varchar not null, value double precision,
            contribution double precision not null, created_at timestamp not null,
            primary key (model_id, ticker, dt, horizon, feature)',
    }) %}
{% endmacro %}
