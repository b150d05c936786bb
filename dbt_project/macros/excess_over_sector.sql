{#- A member's value minus the mean of the day's members of the same sector. -#}
{% macro excess_over_sector(value) -%}
    case when is_member and sector is not null then
        {{ value }} - {{ mean_of_members(value, 'dt, sector') }}
    end
{%- endmacro %}
