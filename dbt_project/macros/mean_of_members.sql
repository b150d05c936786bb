{#- The mean over the members of a group, added up in the order of their tickers: the order decides
    on the last bit. -#}
{% macro mean_of_members(value, group) -%}
    avg(case when is_member then {{ value }} end) over (
        partition by {{ group }}
        order by ticker rows between unbounded preceding and unbounded following
    )
{%- endmacro %}
