{#- Incremental strategy `replace_scores`: the groups of forecasts that changed give way to the new
    rows, also where none takes their place. The last column of `unique_key` is their period. -#}
{% macro get_incremental_replace_scores_sql(arg_dict) %}
    {% set target = arg_dict['target_relation'] %}
    {% set key = arg_dict['unique_key'] %}
    delete from {{ target }} as outdated
    using ({{ touched_scores(key[-1], target) }}) as touched
    where
        {% for column in key -%}
        outdated.{{ column }} = touched.{{ column }}{{ ' and ' if not loop.last }}
        {%- endfor %};

    {{ get_incremental_append_sql(arg_dict) }}
{% endmacro %}
