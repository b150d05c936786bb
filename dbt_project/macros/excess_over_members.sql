{#- A member's value minus the mean of the day's members. -#}
{% macro excess_over_members(value) -%}
    case when is_member then
        {{ value }} - {{ mean_of_members(value, 'dt') }}
    end
{%- endmacro %}
