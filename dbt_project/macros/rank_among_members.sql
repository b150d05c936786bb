{#- A member's average rank among the day's members as a share of their number, minus one half:
    in (-0.5, 0.5], as pandas' rank(pct=True) - 0.5. All others come after the members with a value. -#}
{% macro rank_among_members(value) -%}
    {%- set values = 'case when is_member then ' ~ value ~ ' end' -%}
    case when is_member and {{ value }} is not null then
        {{ average_rank(values, ['dt']) }} / cast(
            count({{ values }}) over (
                partition by dt order by {{ values }}
                rows between unbounded preceding and unbounded following
            ) as double precision
        ) - 0.5
    end
{%- endmacro %}
