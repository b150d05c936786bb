{#- A member's average rank among the day's members as a share of their number, minus one half:
    in (-0.5, 0.5], as pandas' rank(pct=True) - 0.5. -#}
{% macro rank_among_members(value) -%}
    case when is_member and {{ value }} is not null then
        (
            rank() over (partition by dt, is_member, {{ value }} is null order by {{ value }})
            + (count(*) over (partition by dt, is_member, {{ value }}) - 1) / 2.0
        ) / cast(
            count({{ value }}) over (partition by dt, is_member) as double precision
        ) - 0.5
    end
{%- endmacro %}
