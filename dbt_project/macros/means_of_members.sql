{#- The mean of each label over the members of a group, e.g. of a day, under the label's name. -#}
{% macro means_of_members(relation, group) -%}
    select
        {{ group | join(', ') }}
        {%- for horizon in var('horizons') %},
        {{ reproducible_mean('label_ret_' ~ horizon ~ 'd', 'ticker') }} as label_ret_{{ horizon }}d
        {%- endfor %}
    from {{ relation }}
    where is_member
    group by {{ group | join(', ') }}
{%- endmacro %}
