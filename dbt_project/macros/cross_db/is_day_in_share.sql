{#- As is_in_share, in a select over all days: a share is a stretch of them. -#}
{% macro is_day_in_share(dt) -%}
    {{- return(adapter.dispatch('is_day_in_share', 'mlx')(dt)) -}}
{%- endmacro %}


{% macro default__is_day_in_share(dt) -%}
    ntile({{ number_of_shares() }}) over (order by {{ dt }}) - 1 = any({{ all_shares() }})
{%- endmacro %}


{% macro duckdb__is_day_in_share(dt) -%}
    true
{%- endmacro %}
