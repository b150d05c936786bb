{#- Incremental strategy `replace_after`: the rows of each changed ticker after `after_dt` give way
    to the new ones, also where no new row takes their place. -#}
{% macro get_incremental_replace_after_sql(arg_dict) %}
    delete from {{ arg_dict['target_relation'] }} as outdated
    using (
        select ticker, min(after_dt) as after_dt
        from {{ ref('int_price_changes') }}
        where changed_at > {{ newest_change_in(arg_dict['target_relation']) }}
        group by ticker
    ) as changes
    where outdated.ticker = changes.ticker and outdated.dt > changes.after_dt;

    {{ get_incremental_append_sql(arg_dict) }}
{% endmacro %}
