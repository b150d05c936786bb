{#- Indexes of the source tables. DuckDB needs none: it skips row groups by their minima and maxima. -#}
{% macro source_table_indexes() %}
    {% do return(adapter.dispatch('source_table_indexes')()) %}
{% endmacro %}


{% macro default__source_table_indexes() %}
    {% set ml = ml_schema() %}
    {% do return([
        'create index if not exists prices_loaded_at on raw.prices (loaded_at)',
        'create index if not exists prices_dt on raw.prices (dt)',
        'create index if not exists cv_preds_dt on ' ~ ml ~ '.cv_preds (dt)',
        'create index if not exists preds_dt on ' ~ ml ~ '.preds (dt)',
        'create index if not exists preds_created_at on ' ~ ml ~ '.preds (created_at)',
        'create index if not exists preds_log_dt on ' ~ ml ~ '.preds_log (dt)',
        'create index if not exists preds_log_created_at on ' ~ ml ~ '.preds_log (created_at)',
        'create index if not exists explanations_dt on ' ~ ml ~ '.explanations (dt)',
        'create index if not exists explanations_created_at on ' ~ ml ~ '.explanations (created_at)',
    ]) %}
{% endmacro %}


{% macro duckdb__source_table_indexes() %}
    {% do return([]) %}
{% endmacro %}
