{#- The engine's own name of a type, under which it lists a table's columns. -#}
{% macro stored_type(data_type) -%}
    {{- return(adapter.dispatch('stored_type', 'mlx')(data_type)) -}}
{%- endmacro %}


{% macro default__stored_type(data_type) -%}
    {%- set names = {'varchar': 'character varying', 'timestamp': 'timestamp without time zone'} -%}
    {{- return(names.get(data_type, data_type)) -}}
{%- endmacro %}


{% macro duckdb__stored_type(data_type) -%}
    {{- return({'double precision': 'double', 'real': 'float'}.get(data_type, data_type)) -}}
{%- endmacro %}
