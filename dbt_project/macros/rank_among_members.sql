{#- A member's average rank among the day's members as a share of their number, minus one half:
    in (-0.5, 0.5], as pandas' rank(pct=True) - 0.5. -#}
{% macro rank_among_members(value) -%}
    {%- set group = ['dt', 'is_member', value ~ ' is null'] -%}
    case when is_member and {{ value }} is not null then
        {{ average_rank(value, group) }} / cast(
            count(*) over (
                partition by {{ group | join(', ') }} order by {{ value }}
                rows between unbounded preceding and unbounded following
            ) as double precision
        ) - 0.5
    end
{%- endmacro %}
