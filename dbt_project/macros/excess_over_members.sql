{#- A member's value minus the mean of the day's members. -#}
{% macro excess_over_members(value) -%}
    case when is_member then
        {{ value }} - avg(case when is_member then {{ value }} end) over (partition by dt)
    end
{%- endmacro %}
