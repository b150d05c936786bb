{#- A member's value minus the mean of the day's members of the same sector. -#}
{% macro excess_over_sector(value) -%}
    case when is_member and sector is not null then
        {{ value }} - avg(case when is_member then {{ value }} end) over (partition by dt, sector)
    end
{%- endmacro %}
