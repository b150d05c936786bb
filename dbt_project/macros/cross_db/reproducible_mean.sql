{#- The mean of returns as an aggregate whose last bit does not depend on the order of the rows. -#}
{% macro reproducible_mean(value, order_by) -%}
    {{- return(adapter.dispatch('reproducible_mean', 'mlx')(value, order_by)) -}}
{%- endmacro %}


{% macro default__reproducible_mean(value, order_by) -%}
    avg({{ value }} order by {{ order_by }})
{%- endmacro %}


{#- A ratio minus one is a whole multiple of 2^-54. So the sum is exact and needs no order, which an
    aggregate of DuckDB would sort for. -#}
{% macro duckdb__reproducible_mean(value, order_by) -%}
    {%- set places = 'cast(18014398509481984 as double precision)' -%}
    sum(cast({{ value }} * {{ places }} as hugeint)) / {{ places }} / nullif(count({{ value }}), 0)
{%- endmacro %}
