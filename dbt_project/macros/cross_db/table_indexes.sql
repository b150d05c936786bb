{#- The `indexes` config of a panel table: its key, unique, and further single columns. DuckDB gets
    none: delete+insert on an indexed table is several times slower there. -#}
{% macro table_indexes(key, others=[]) %}
    {% do return(adapter.dispatch('table_indexes')(key, others)) %}
{% endmacro %}


{% macro default__table_indexes(key, others) %}
    {% set indexes = [{'columns': key, 'unique': true}] %}
    {% for column in others %}
        {% do indexes.append({'columns': [column]}) %}
    {% endfor %}
    {% do return(indexes) %}
{% endmacro %}


{% macro duckdb__table_indexes(key, others) %}
    {% do return([]) %}
{% endmacro %}
