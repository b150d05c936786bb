{#- The engine's own name of a type, under which it lists a table's columns. -#}
{% macro stored_type(data_type) -%}
    {{- return(adapter.dispatch('own_type_names', 'mlx')().get(data_type, data_type)) -}}
{%- endmacro %}


{% macro default__own_type_names() -%}
    {{- return({'varchar': 'character varying', 'timestamp': 'timestamp without time zone'}) -}}
{%- endmacro %}


{% macro duckdb__own_type_names() -%}
    {{- return({'double precision': 'double', 'real': 'float'}) -}}
{%- endmacro %}
