{#- Rank within a group, ties sharing the mean of their places (as Spearman's correlation needs). -#}
{% macro average_rank(value, by) -%}
    (
        rank() over (partition by {{ by | join(', ') }} order by {{ value }})
        + (count(*) over (partition by {{ by | join(', ') }}, {{ value }}) - 1) / 2.0
    )
{%- endmacro %}
