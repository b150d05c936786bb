{#- Primary key of a table that is loaded in bulk. DuckDB goes without: its index triples the time
    of a load and the size of the file; a data test watches the key instead. -#}
{% macro bulk_primary_key(columns) %}
    {% do return(adapter.dispatch('bulk_primary_key')(columns)) %}
{% endmacro %}


{% macro default__bulk_primary_key(columns) %}
    {% do return(', primary key (' ~ columns | join(', ') ~ ')') %}
{% endmacro %}


{% macro duckdb__bulk_primary_key(columns) %}
    {% do return('') %}
{% endmacro %}
