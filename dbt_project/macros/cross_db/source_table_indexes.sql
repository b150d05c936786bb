{#- Indexes of the source tables. DuckDB needs none: it skips row groups by their minima and maxima. -#}
{% macro source_table_indexes() %}
    {% do return(adapter.dispatch('source_table_indexes')()) %}
{% endmacro %}


{% macro default__source_table_indexes() %}
    {% do return([
        'create index if not exists prices_loaded_at on raw.prices (loaded_at)',
        'create index if not exists prices_dt on raw.prices (dt)',
    ]) %}
{% endmacro %}


{% macro duckdb__source_table_indexes() %}
    {% do return([]) %}
{% endmacro %}
