{#- Incremental strategy `replace_days`: whole days give way, because every label of a day depends
    on that day's cross-section. -#}
{% macro get_incremental_replace_days_sql(arg_dict) %}
    delete from {{ arg_dict['target_relation'] }} as outdated
    using (
        select dt from ({{ label_days() }}) as days where is_touched
        union all
        select dt from {{ ref('int_trading_days') }} where not is_open
    ) as touched
    where outdated.dt = touched.dt;

    {{ get_incremental_append_sql(arg_dict) }}
{% endmacro %}
