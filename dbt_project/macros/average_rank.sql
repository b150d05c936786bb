{#- Rank within a group, ties sharing the mean of their places (as Spearman's correlation needs). All
    windows have the same order, so the engine sorts once. -#}
{% macro average_rank(value, by) -%}
    {%- set by_value = 'partition by ' ~ by | join(', ') ~ ' order by ' ~ value -%}
    (
        rank() over ({{ by_value }})
        + (count(*) over ({{ by_value }} range between current row and current row) - 1) / 2.0
    )
{%- endmacro %}
