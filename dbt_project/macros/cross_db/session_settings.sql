{#- What a model's own connection is told first. PostgreSQL would spend more time on compiling the
    thousands of expressions of a feature model than on computing them. -#}
{% macro session_settings() -%}
    {{- return(adapter.dispatch('session_settings', 'mlx')()) -}}
{%- endmacro %}


{% macro default__session_settings() -%}
    {{- return('set jit = off') -}}
{%- endmacro %}


{% macro duckdb__session_settings() -%}
    {{- return('') -}}
{%- endmacro %}
